//! Pages that need nothing else: texts, pictures and scripts stand in one file. The key is never in them, but for practice.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::{Value, json};

use crate::folder::{Kind, List, Study, replace};
use crate::{Error, Result, page, zip};

/// What was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pages {
    /// Pages, each with a list of its own.
    pub n_pages: usize,
    /// Bytes of the archive.
    pub n_bytes: usize,
}

/// Nothing but what stands in the file, and nothing sent.
const POLICY: &str = "default-src 'none'; script-src 'unsafe-inline'; style-src 'unsafe-inline'; img-src data: blob:; base-uri 'none'; form-action 'none'";

/// Writes a ZIP archive of pages, one for each of the first `n_pages` lists: `index.html`, or `page-001.html` and so on.
///
/// # Errors
/// - [`Error::Setting`] if there are fewer lists than pages.
/// - [`Error::Io`] if a picture cannot be read or the archive not be written.
pub fn write_pages(study: &Study, n_pages: usize, out: &Path) -> Result<Pages> {
    if n_pages == 0 || n_pages > study.lists.len() {
        return Err(Error::Setting {
            what: "pages",
            expected: format!(
                "1 to {}, as each page holds a list of its own",
                study.lists.len()
            ),
            got: n_pages.to_string(),
            remedy: "build the study for more participants",
        });
    }
    let mut files = BTreeMap::new();
    for (list, number) in study.lists.iter().zip(1..).take(n_pages) {
        let name = if n_pages == 1 {
            "index.html".into()
        } else {
            format!("page-{number:03}.html")
        };
        files.insert(name, page_of(study, list, number)?.into_bytes());
    }
    let archive = zip::archive(&files);
    replace(out, &archive)?;
    Ok(Pages {
        n_pages,
        n_bytes: archive.len(),
    })
}

fn page_of(study: &Study, list: &List, number: u32) -> Result<String> {
    // A text that ends the script's element would end it inside of the data, too.
    let data = data(study, list, number)?
        .to_string()
        .replace('<', "\\u003c");
    let head = format!(
        "<meta http-equiv=\"Content-Security-Policy\" content=\"{POLICY}\">\n<style>\n{}</style>",
        page::STYLE
    );
    let scripts = format!(
        "<script type=\"application/json\" id=\"data\">{data}</script>\n<script>\n{}{}{}</script>",
        page::VIEW,
        page::QR,
        page::OFFLINE
    );
    let consent = "If you do not agree, simply close this page. Nothing has been stored.";
    Ok(page::INDEX
        .replace("<link rel=\"stylesheet\" href=\"/study.css\">", &head)
        .replace("<script src=\"/view.js\"></script>\n", "")
        .replace("<script src=\"/online.js\"></script>", &scripts)
        .replace(
            consent,
            "Answers stay in this browser until you hand them in yourself.",
        ))
}

fn data(study: &Study, list: &List, number: u32) -> Result<Value> {
    let settings = &study.about.settings;
    let mut pictures = BTreeMap::new();
    for name in list.images() {
        let path = study.folder.join("images").join(format!("{name}.png"));
        let bytes = std::fs::read(&path).map_err(Error::io("reading", &path))?;
        pictures.insert(name, format!("data:image/png;base64,{}", base64(&bytes)));
    }
    let of_practice = study
        .key
        .iter()
        .filter(|row| row.list == number && row.kind == Kind::Practice);
    let practice: Vec<&str> = of_practice.map(|row| row.side.name()).collect();
    let right: Vec<usize> = settings
        .comprehension
        .iter()
        .map(|question| question.right)
        .collect();
    let trials: Vec<_> = list.practice.iter().chain(&list.trials).collect();
    Ok(json!({
        "texts": page::texts(study), "list": number, "trials": trials, "pictures": pictures, "practice": practice, "right": right,
        "tries": settings.comprehension_tries.max(1),
    }))
}

fn base64(bytes: &[u8]) -> String {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut text = String::new();
    for three in bytes.chunks(3) {
        let all = (0..3).fold(0_u32, |all, at| {
            all << 8 | u32::from(three.get(at).copied().unwrap_or(0))
        });
        for at in 0..4 {
            let letter = LETTERS[(all >> (18 - 6 * at)) as usize & 63];
            text.push(if at > three.len() {
                '='
            } else {
                char::from(letter)
            });
        }
    }
    text
}
