//! The page: files of our own alone, without a framework, and the texts that it is filled with.

use serde_json::{Value, json};

use crate::folder::{Kind, Study};
use crate::settings::Settings;

/// A file of the page.
#[derive(Debug, Clone, Copy)]
pub(crate) struct PageFile {
    /// Where it is served.
    pub(crate) path: &'static str,
    /// Its kind, as HTTP names it.
    pub(crate) kind: &'static str,
    /// What it holds.
    pub(crate) text: &'static str,
}

const HTML: &str = "text/html; charset=utf-8";
const CSS: &str = "text/css; charset=utf-8";
const JS: &str = "text/javascript; charset=utf-8";

/// The participants' page, before a study fills it.
pub(crate) const INDEX: &str = include_str!("index.html");
/// The style sheet of the page.
pub(crate) const STYLE: &str = include_str!("study.css");
/// What participants see and do.
pub(crate) const VIEW: &str = include_str!("view.js");

/// How answers stay in the browser, on a page without a server.
pub(crate) const OFFLINE: &str = include_str!("offline.js");
/// The script that draws answers as QR codes.
pub(crate) const QR: &str = include_str!("qr.js");

/// Everything that is served.
pub(crate) const FILES: [PageFile; 6] = [
    PageFile {
        path: "/",
        kind: HTML,
        text: INDEX,
    },
    PageFile {
        path: "/study.css",
        kind: CSS,
        text: STYLE,
    },
    PageFile {
        path: "/view.js",
        kind: JS,
        text: VIEW,
    },
    PageFile {
        path: "/online.js",
        kind: JS,
        text: include_str!("online.js"),
    },
    PageFile {
        path: "/operator",
        kind: HTML,
        text: include_str!("operator.html"),
    },
    PageFile {
        path: "/operator.js",
        kind: JS,
        text: include_str!("operator.js"),
    },
];

/// Texts and settings that participants see; the right answers to questions are not among them.
pub(crate) fn texts(study: &Study) -> Value {
    let settings = &study.about.settings;
    let questions: Vec<Value> = settings
        .comprehension
        .iter()
        .map(|question| json!({ "text": question.text, "options": question.options }))
        .collect();
    let n_trials = study
        .key
        .iter()
        .filter(|row| row.list == 1 && row.kind != Kind::Practice)
        .count();
    json!({
        "id": study.id, "title": settings.title, "contact": settings.contact, "consent": settings.consent,
        "instructions": settings.instructions, "question": settings.question, "debrief": settings.debrief,
        "ask_for_remarks": settings.ask_for_remarks, "comprehension": questions, "minutes": settings.minutes,
        "picture_size": settings.picture_size, "payment": payment(settings), "keeping": keeping(settings), "n_trials": n_trials,
    })
}

fn payment(settings: &Settings) -> Option<String> {
    let payment = settings.payment.as_ref()?;
    Some(format!(
        "Paid with {:.2} {}",
        payment.amount, payment.currency
    ))
}

fn keeping(settings: &Settings) -> String {
    let time = match settings.retention_days {
        days if days >= 730 && days.is_multiple_of(365) => format!("{} years", days / 365),
        days => format!("{days} days"),
    };
    let kept = match (settings.keep_addresses, settings.keep_browser_names) {
        (false, false) => "",
        (true, false) => " Your network address is stored beside them.",
        (false, true) => " The name of your browser is stored beside them.",
        (true, true) => {
            " Your network address and the name of your browser are stored beside them."
        }
    };
    format!("Answers are kept for at most {time}.{kept}")
}

#[cfg(test)]
mod tests {
    use super::FILES;

    #[test]
    fn the_page_is_small_and_asks_nobody_else() {
        let n_bytes: usize = FILES.iter().map(|file| file.text.len()).sum();
        assert!(n_bytes < 60_000, "{n_bytes} bytes");
        for file in FILES {
            for word in [
                "http://",
                "https://",
                "//cdn",
                "innerHTML",
                "eval(",
                "style=",
                "onclick=\"",
            ] {
                assert!(!file.text.contains(word), "{} holds {word}", file.path);
            }
            assert!(
                !file.text.contains("<script>"),
                "{} holds a script",
                file.path
            );
        }
    }
}
