//! What differs between resolved experiments, setting by setting, as their texts say it.
//!
//! A setting is named by its path, as `--set` takes it: `decoder.l2`, `losses.1.0`. Where the plugins themselves differ, or
//! lists have other lengths, the whole is one setting.

use lab_score::runs::SettingRow;

use super::joined;
use super::value::Value;

/// Every setting that is not the same in all of these texts.
pub fn differing_settings(texts: &[&str]) -> Vec<SettingRow> {
    let values: Vec<Option<Value>> = texts.iter().map(|text| Value::read(text)).collect();
    let mut rows = Vec::new();
    let values: Vec<Option<&Value>> = values.iter().map(Option::as_ref).collect();
    differences("", &values, &mut rows);
    rows
}

fn differences(path: &str, values: &[Option<&Value>], rows: &mut Vec<SettingRow>) {
    if values.windows(2).all(|pair| pair[0] == pair[1]) {
        return;
    }
    let Some(keys) = common_keys(values) else {
        return rows.push(SettingRow {
            setting: if path.is_empty() {
                "everything".into()
            } else {
                path.to_owned()
            },
            values: values.iter().map(|value| value.map(Value::text)).collect(),
        });
    };
    for key in keys {
        let inner: Vec<Option<&Value>> = values
            .iter()
            .map(|value| value.and_then(|value| value.get(&key)))
            .collect();
        differences(&joined(path, &key), &inner, rows);
    }
}

/// The keys under which all values can be compared one by one; none unless all are groups of one name and one shape.
fn common_keys(values: &[Option<&Value>]) -> Option<Vec<String>> {
    let mut keys: Vec<String> = Vec::new();
    let mut shape = None;
    for value in values {
        let Some(Value::Group {
            name,
            brackets,
            items,
        }) = value
        else {
            return None;
        };
        let named = items.iter().any(|item| item.key.is_some());
        // Without names, the second of two is the second of three by chance alone.
        let length = (!named).then_some(items.len());
        let own = (name, brackets, length);
        if *shape.get_or_insert(own) != own {
            return None;
        }
        for (place, item) in items.iter().enumerate() {
            let key = item.key.clone().unwrap_or_else(|| place.to_string());
            if !keys.contains(&key) {
                keys.push(key);
            }
        }
    }
    (!keys.is_empty()).then_some(keys)
}

#[cfg(test)]
mod tests {
    use super::differing_settings;

    fn said(texts: &[&str]) -> Vec<String> {
        let rows = differing_settings(texts);
        rows.iter()
            .map(|row| {
                let values = row.values.iter();
                let values: Vec<&str> = values.map(|of| of.as_deref().unwrap_or("-")).collect();
                format!("{} = {}", row.setting, values.join(" | "))
            })
            .collect()
    }

    const ONE: &str = r#"(
    name: "a (b, \"c\": 1)",
    seed: 1,
    decoder: linear(l2: 0.01, decay: Halfway(to: 0.02)),
    losses: [(10.0, pixel(shrink: 0.9)), (1.0, presence(layers: ["conv1", "conv2"]))],
    overfit: None,
)"#;

    #[test]
    fn settings_are_named_by_their_paths() {
        assert_eq!(said(&[ONE, ONE, ONE]), [""; 0]);
        let changed = |from: &str, to: &str, expected: &[&str]| {
            assert!(ONE.contains(from));
            assert_eq!(said(&[ONE, &ONE.replace(from, to)]), expected);
        };
        changed("seed: 1", "seed: 2", &["seed = 1 | 2"]);
        changed("0.02", "0.5", &["decoder.decay.to = 0.02 | 0.5"]);
        changed("(1.0", "(25.0", &["losses.1.0 = 1.0 | 25.0"]);
        changed(
            "conv2",
            "conv3",
            &["losses.1.1.layers.1 = \"conv2\" | \"conv3\""],
        );
        changed("l2: 0.01, ", "", &["decoder.l2 = 0.01 | -"]);
        changed(
            "\\\"c\\\": 1",
            "d",
            &["name = \"a (b, \\\"c\\\": 1)\" | \"a (b, d)\""],
        );
        changed(
            "overfit: None",
            "overfit: Some(mlp(hidden: 3))",
            &["overfit = None | Some(mlp(hidden: 3))"],
        );
        changed(
            "linear(l2: 0.01, decay: Halfway(to: 0.02))",
            "mlp(l2: 1)",
            &["decoder = linear(l2: 0.01, decay: Halfway(to: 0.02)) | mlp(l2: 1)"],
        );
        changed(
            "\"conv1\", ",
            "",
            &["losses.1.1.layers = [\"conv1\", \"conv2\"] | [\"conv2\"]"],
        );
    }

    #[test]
    fn three_experiments_have_three_values() {
        let (two, three) = (
            ONE.replace("seed: 1", "seed: 2"),
            ONE.replace("0.01", "0.1"),
        );
        assert_eq!(
            said(&[ONE, &two, &three]),
            ["seed = 1 | 2 | 1", "decoder.l2 = 0.01 | 0.01 | 0.1"]
        );
        // What cannot be read is said to differ as a whole.
        assert_eq!(said(&[ONE, "("]).len(), 1);
    }
}
