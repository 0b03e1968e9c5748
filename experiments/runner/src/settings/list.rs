//! Settings as a list: one entry a field, under the path by which `--set` would reach it.

use super::joined;
use super::value::{Item, Value};

/// The fields of parameters on one line, as [`lab_core::config::one_line`] gives them, with their values.
///
/// `dcgan(train: (updates: 3, decay: Halfway(to: 0.5)))` gives `"" = dcgan`, `train.updates = 3`, `train.decay = Halfway`
/// and `train.decay.to = 0.5`. A list without brackets inside is one value. What cannot be read is one value too.
pub(crate) fn settings(text: &str) -> Vec<(String, String)> {
    let mut found = Vec::new();
    match Value::read(text) {
        Some(value) => collect(&value, "", &mut found),
        None => found.push((String::new(), text.trim().to_owned())),
    }
    found
}

fn collect(value: &Value, path: &str, found: &mut Vec<(String, String)>) {
    let Value::Group {
        name,
        brackets,
        items,
    } = value
    else {
        return found.push((path.to_owned(), value.text()));
    };
    let is_list = brackets[0] == '[';
    let is_keyed = !is_list && items.iter().all(|item| item.key.is_some());
    if !is_keyed && !items.iter().any(|item| has_fields(&item.value)) {
        return found.push((path.to_owned(), value.text()));
    }
    if !name.is_empty() || items.is_empty() {
        let own = if name.is_empty() { "()" } else { name };
        found.push((path.to_owned(), own.to_owned()));
    }
    for (idx, Item { key, value }) in items.iter().enumerate() {
        let key = key.clone().unwrap_or_else(|| idx.to_string());
        collect(value, &joined(path, &key), found);
    }
}

/// Whether a value has parts with paths of their own: brackets, lists of plain values apart.
fn has_fields(value: &Value) -> bool {
    match value {
        Value::Plain(_) => false,
        Value::Group {
            brackets: ['[', _],
            items,
            ..
        } => items.iter().any(|item| has_fields(&item.value)),
        Value::Group { .. } => true,
    }
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
            "rois=Only([\"V1\"])"
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
