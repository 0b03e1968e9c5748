//! Settings by names that a reader understands without the file: those of plugins and fields in place of places in lists.

use super::joined;
use super::value::Value;

/// Letters of a value that is told as a whole.
const N_LETTERS: usize = 48;

/// A setting of a resolved experiment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedSetting {
    /// Path of the setting, as `--set` takes it: `losses.1.1.binarisation`.
    pub path: String,
    /// The same in words: `binarisation of feature presence`.
    pub words: String,
    /// Its value; of a long one, the names of the plugins in it alone.
    pub value: String,
}

/// Every setting of a resolved experiment, groups before what stands in them; none if the text cannot be read.
pub fn named_settings(text: &str) -> Vec<NamedSetting> {
    let mut all = Vec::new();
    if let Some(value) = Value::read(text) {
        walk(&value, "", &Named::default(), &mut all);
    }
    all
}

/// What a setting belongs to, and the fields that lead to it from there.
#[derive(Debug, Clone, Default)]
struct Named {
    owner: Option<String>,
    fields: Vec<String>,
}

impl Named {
    fn words(&self) -> String {
        let fields = self.fields.iter().rev().map(String::as_str);
        let names: Vec<&str> = fields.chain(self.owner.as_deref()).collect();
        names.join(" of ").replace('_', " ")
    }

    fn field(&self, field: &str) -> Self {
        let mut fields = self.fields.clone();
        fields.push(field.to_owned());
        Self {
            owner: self.owner.clone(),
            fields,
        }
    }
}

fn walk(value: &Value, path: &str, named: &Named, all: &mut Vec<NamedSetting>) {
    if !path.is_empty() {
        all.push(NamedSetting {
            path: path.to_owned(),
            words: named.words(),
            value: brief(value),
        });
    }
    let Value::Group { name, items, .. } = value else {
        return;
    };
    let inside = if name.is_empty() {
        named.clone()
    } else {
        Named {
            owner: Some(name.clone()),
            fields: Vec::new(),
        }
    };
    let weighed = weighed(value);
    for (place, item) in items.iter().enumerate() {
        let key = item.key.clone().unwrap_or_else(|| place.to_string());
        let own = match (&item.key, weighed) {
            (Some(key), _) => inside.field(key),
            (None, Some(term)) if place == 0 => Named {
                owner: Some(term.to_owned()),
                fields: vec!["weight".into()],
            },
            (None, _) => inside.clone(),
        };
        walk(&item.value, &joined(path, &key), &own, all);
    }
}

/// The plugin of a pair of its weight and itself: `(50.0, feature_presence(…))`.
fn weighed(value: &Value) -> Option<&str> {
    let Value::Group { name, items, .. } = value else {
        return None;
    };
    let [weight, term] = &items[..] else {
        return None;
    };
    match (&weight.value, &term.value) {
        (Value::Plain(_), Value::Group { name: term, .. })
            if name.is_empty() && !term.is_empty() && weight.key.is_none() =>
        {
            Some(term)
        }
        _ => None,
    }
}

/// A value as it is written, or the names of what it is made of where that is long.
fn brief(value: &Value) -> String {
    let text = value.text();
    let Value::Group { name, items, .. } = value else {
        return text;
    };
    if text.chars().count() <= N_LETTERS {
        return text;
    }
    if !name.is_empty() {
        return format!("{name}(…)");
    }
    let names: Vec<String> = items
        .iter()
        .map(|item| match (&item.value, weighed(&item.value)) {
            (_, Some(term)) => term.to_owned(),
            (Value::Group { name, .. }, _) if !name.is_empty() => name.clone(),
            (other, _) => other.text(),
        })
        .collect();
    names.join(", ")
}

#[cfg(test)]
mod tests {
    use super::named_settings;

    const TEXT: &str = "(seed: 1, responses: (repeats: Average), align: [standardise(), pca(variance: 0.8)], \
        losses: [(10.0, pixel(shrink: 0.9)), (50.0, feature_presence(layers: [\"conv1\", \"conv2\"], binarisation: Sigmoid))], \
        generator: dcgan(latent: 50, train: (updates: 2500, batch: 32, decay: Halfway(to: 0.05), discriminator_learning_rate: 0.0005)))";

    #[test]
    fn each_setting_is_named_by_its_plugin_and_fields() {
        let all = named_settings(TEXT);
        let of = |path: &str| {
            let found = all.iter().find(|of| of.path == path).unwrap();
            (found.words.as_str(), found.value.as_str())
        };
        assert_eq!(of("seed"), ("seed", "1"));
        assert_eq!(of("responses.repeats"), ("repeats of responses", "Average"));
        assert_eq!(of("align.1.variance"), ("variance of pca", "0.8"));
        assert_eq!(of("losses.1.0"), ("weight of feature presence", "50.0"));
        assert_eq!(
            of("losses.1.1.binarisation"),
            ("binarisation of feature presence", "Sigmoid")
        );
        assert_eq!(
            of("generator.train.updates"),
            ("updates of train of dcgan", "2500")
        );
        assert_eq!(of("losses"), ("losses", "pixel, feature_presence"));
        assert_eq!(of("generator"), ("generator", "dcgan(…)"));
        assert_eq!(
            of("align"),
            ("align", "[standardise(), pca(variance: 0.8)]")
        );
        assert_eq!(of("generator.train.decay.to"), ("to of Halfway", "0.05"));
        assert!(named_settings("(").is_empty());
    }
}
