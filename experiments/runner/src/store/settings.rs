//! Parameters as a list: one entry a field, under the path by which `--set` would reach it.

/// The fields of parameters on one line, as [`lab_core::config::one_line`] gives them, with their values.
///
/// `dcgan(train: (updates: 3, decay: Halfway(to: 0.5)))` gives `"" = dcgan`, `train.updates = 3`, `train.decay = Halfway`
/// and `train.decay.to = 0.5`. A list without brackets inside is one value.
pub(crate) fn settings(text: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    collect(text.trim(), "", &mut found);
    found
}

/// A path behind another.
pub(crate) fn joined(before: &str, path: &str) -> String {
    match (before, path) {
        ("", path) => path.to_owned(),
        (before, "") => before.to_owned(),
        (before, path) => format!("{before}.{path}"),
    }
}

fn collect(text: &str, path: &str, found: &mut Vec<(String, String)>) {
    let Some((name, items)) = brackets(text) else {
        found.push((path.to_owned(), text.to_owned()));
        return;
    };
    let items = split(items);
    let keyed: Option<Vec<(&str, &str)>> = items.iter().map(|item| key(item)).collect();
    match keyed {
        Some(keyed) if !text.starts_with('[') => {
            if !name.is_empty() || keyed.is_empty() {
                let own = if name.is_empty() { "()" } else { name };
                found.push((path.to_owned(), own.to_owned()));
            }
            for (key, value) in keyed {
                collect(value, &joined(path, key), found);
            }
        }
        _ if items.iter().any(|item| brackets(item).is_some()) => {
            if !name.is_empty() {
                found.push((path.to_owned(), name.to_owned()));
            }
            for (idx, item) in items.iter().enumerate() {
                collect(item, &joined(path, &idx.to_string()), found);
            }
        }
        _ => found.push((path.to_owned(), text.to_owned())),
    }
}

/// The name before the outermost brackets, and what stands between them.
fn brackets(text: &str) -> Option<(&str, &str)> {
    let open = text.find(['(', '['])?;
    let name = &text[..open];
    let is_name = name.chars().all(|c| c.is_alphanumeric() || c == '_');
    let inner = text[open + 1..].strip_suffix([')', ']'])?;
    is_name.then_some((name, inner))
}

/// `key: value`.
fn key(item: &str) -> Option<(&str, &str)> {
    let end = item.find(|c: char| !(c.is_alphanumeric() || c == '_'))?;
    let value = item[end..].strip_prefix(':')?;
    (end > 0).then_some((&item[..end], value.trim()))
}

/// The items between two brackets.
fn split(text: &str) -> Vec<&str> {
    let (mut items, mut start, mut depth, mut at) = (Vec::new(), 0, 0_usize, 0);
    while let Some(c) = text[at..].chars().next() {
        match c {
            '(' | '[' | '{' => depth += 1,
            ')' | ']' | '}' => depth = depth.saturating_sub(1),
            '"' => at = end_of_string(text, at),
            '\'' => at = end_of_character(text, at),
            ',' if depth == 0 => {
                items.push(text[start..at].trim());
                start = at + 1;
            }
            _ => {}
        }
        at += text[at..].chars().next().map_or(1, char::len_utf8);
    }
    items.push(text[start..].trim());
    items.retain(|item| !item.is_empty());
    items
}

/// The byte of the quote that ends the string which begins at `start`; a raw string has as many `#` behind it as before.
fn end_of_string(text: &str, start: usize) -> usize {
    let before = &text[..start];
    let n_hashes = before.len() - before.trim_end_matches('#').len();
    let is_raw = before[..before.len() - n_hashes].ends_with('r');
    let mut escaped = false;
    for (at, c) in text[start + 1..].char_indices() {
        let at = start + 1 + at;
        if is_raw {
            if c == '"' && text[at + 1..].starts_with(&"#".repeat(n_hashes)) {
                return at;
            }
        } else if c == '"' && !escaped {
            return at;
        }
        escaped = c == '\\' && !escaped;
    }
    text.len().saturating_sub(1)
}

/// The byte of the quote that ends the character which begins at `start`.
fn end_of_character(text: &str, start: usize) -> usize {
    let skipped = if text[start..].starts_with("'\\") {
        3
    } else {
        2
    };
    let rest = text.get(start + skipped..).unwrap_or_default();
    rest.find('\'').map_or(start, |at| start + skipped + at)
}

#[cfg(test)]
mod tests {
    use super::settings;

    fn lines(text: &str) -> Vec<String> {
        let found = settings(text).into_iter();
        found
            .map(|(path, value)| format!("{path}={value}"))
            .collect()
    }

    #[test]
    fn each_field_stands_under_its_path() {
        let text = "dcgan(latent: 50, train: (corpus: letters(n: 9, series: \"a, b)\"), decay: Halfway(to: 0.05)))";
        let expected = [
            "=dcgan",
            "latent=50",
            "train.corpus=letters",
            "train.corpus.n=9",
            "train.corpus.series=\"a, b)\"",
            "train.decay=Halfway",
            "train.decay.to=0.05",
        ];
        assert_eq!(lines(text), expected);
        let text =
            "union(parts: [jittered(of: x(), copies: 20), scenes(size: 3)], voxels: [800, 700])";
        let expected = [
            "=union",
            "parts.0=jittered",
            "parts.0.of=x",
            "parts.0.copies=20",
            "parts.1=scenes",
            "parts.1.size=3",
            "voxels=[800, 700]",
        ];
        assert_eq!(lines(text), expected);
        assert_eq!(
            lines("(repeats: Single, rois: Only([\"V1\"]))")[1],
            "rois=Only([\"V1\"])".replace("Only([\"V1\"])", "Only")
        );
    }

    #[test]
    fn strings_and_characters_hold_any_letter() {
        let text = r##"x(a: "\"),(", b: r#"(",["#, c: ',', d: '\'', e: [], f: (), g: "")"##;
        let expected = [
            "=x",
            r#"a="\"),(""#,
            r##"b=r#"(",["#"##,
            "c=','",
            r"d='\''",
            "e=[]",
            "f=()",
            "g=\"\"",
        ];
        assert_eq!(lines(text), expected);
    }
}
