//! Rules that rename keys of a file.
//!
//! | rule | does |
//! |---|---|
//! | `("features.{n}.weight", "conv{n}.weight")` | `{n}` is any number, put in again where it stands in the new name |
//! | `("netG.{*}", "{*}")` | `{*}` is any text |
//! | `("netD.{*}", "")` | an empty new name puts the tensor aside |
//!
//! `/` and `.` mean the same. Marks are put in again in the order in which they were found, each kind by itself.

/// A pattern of keys, and what they become.
pub type Rule = (String, String);

const NUMBER: &str = "{n}";
const TEXT: &str = "{*}";

/// What a key becomes: itself if no rule matches; `None` if it is put aside.
pub(super) fn rename(key: &str, rules: &[Rule]) -> Option<String> {
    for (pattern, name) in rules {
        let mut found = Vec::new();
        if matches(&pattern.replace('/', "."), key, &mut found) {
            let name = name.replace('/', ".");
            return (!name.is_empty()).then(|| filled(&name, &found));
        }
    }
    Some(key.to_owned())
}

/// What is wrong with a rule; `None` if nothing is.
pub fn mistake((pattern, name): &Rule) -> Option<String> {
    for mark in [NUMBER, TEXT] {
        let (found, used) = (pattern.matches(mark).count(), name.matches(mark).count());
        if used > found {
            return Some(format!(
                "'{name}' puts in {used} × {mark}, but '{pattern}' has {found}"
            ));
        }
    }
    pattern.is_empty().then(|| "an empty pattern".to_owned())
}

/// Whether a pattern is the whole of a key; its marks and what they stand for.
fn matches<'a>(pattern: &str, key: &'a str, found: &mut Vec<(&'static str, &'a str)>) -> bool {
    let next = [NUMBER, TEXT]
        .into_iter()
        .filter_map(|mark| Some((pattern.find(mark)?, mark)))
        .min();
    let Some((at, mark)) = next else {
        return pattern == key;
    };
    let Some(rest) = key.strip_prefix(&pattern[..at]) else {
        return false;
    };
    let behind = &pattern[at + mark.len()..];
    let longest = if mark == NUMBER {
        rest.find(|c: char| !c.is_ascii_digit())
            .unwrap_or(rest.len())
    } else {
        rest.len()
    };
    let shortest = usize::from(mark == NUMBER);
    for n in (shortest..=longest)
        .rev()
        .filter(|&n| rest.is_char_boundary(n))
    {
        let before = found.len();
        found.push((mark, &rest[..n]));
        if matches(behind, &rest[n..], found) {
            return true;
        }
        found.truncate(before);
    }
    false
}

fn filled(name: &str, found: &[(&'static str, &str)]) -> String {
    let mut filled = name.to_owned();
    for (mark, text) in found {
        filled = filled.replacen(mark, text, 1);
    }
    filled
}

#[cfg(test)]
mod tests {
    use super::*;

    fn renamed(key: &str, pattern: &str, name: &str) -> Option<String> {
        rename(key, &[(pattern.to_owned(), name.to_owned())])
    }

    #[test]
    fn numbers_and_texts_are_put_in_again() {
        let rule = ("features.{n}.weight", "conv{n}.weight");
        assert_eq!(
            renamed("features.10.weight", rule.0, rule.1).unwrap(),
            "conv10.weight"
        );
        assert_eq!(
            renamed("features.a.weight", rule.0, rule.1).unwrap(),
            "features.a.weight"
        );
        assert_eq!(
            renamed("net.block2.3.bias", "net/block{n}/{n}/{*}", "b{n}/{n}/{*}").unwrap(),
            "b2.3.bias"
        );
        assert_eq!(renamed("netD.a.weight", "netD.{*}", ""), None);
        assert_eq!(renamed("a.x.b", "{*}.x.{*}", "{*}-{*}").unwrap(), "a-b");
    }

    #[test]
    fn a_rule_that_puts_in_what_it_lacks_is_a_mistake() {
        assert!(mistake(&("a.{n}".into(), "b{n}{n}".into())).is_some());
        assert!(mistake(&(String::new(), "b".into())).is_some());
        assert!(mistake(&("a.{n}.{*}".into(), "b.{*}".into())).is_none());
    }
}
