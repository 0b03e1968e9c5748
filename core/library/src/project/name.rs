//! Names of plugins, as they become names of crates, modules and types.

use lab_core::registry::registry;

use super::{ProjectError, Result};

/// Words that Rust keeps for itself, and crates that the project uses.
const TAKEN: [&str; 67] = [
    "abstract",
    "alloc",
    "as",
    "async",
    "await",
    "become",
    "box",
    "break",
    "candle_core",
    "const",
    "continue",
    "core",
    "crate",
    "do",
    "dyn",
    "else",
    "enum",
    "extern",
    "false",
    "final",
    "fn",
    "for",
    "gen",
    "if",
    "impl",
    "in",
    "lab_core",
    "lab_library",
    "let",
    "library",
    "loop",
    "macro",
    "match",
    "mod",
    "move",
    "mut",
    "override",
    "plugin",
    "priv",
    "proc_macro",
    "pub",
    "rand",
    "raw",
    "ref",
    "return",
    "safe",
    "self",
    "serde",
    "static",
    "std",
    "struct",
    "super",
    "test",
    "trait",
    "true",
    "try",
    "type",
    "typeof",
    "union",
    "unsafe",
    "unsized",
    "use",
    "virtual",
    "weights",
    "where",
    "while",
    "yield",
];
/// Letters that a name may have.
const LONGEST: usize = 40;

/// Refuses names that a crate cannot have or an experiment would not understand.
pub(super) fn check(name: &str) -> Result<()> {
    let letters = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_';
    let starts = name.starts_with(|c: char| c.is_ascii_lowercase());
    let hint = "small letters, digits and '_', beginning with a letter, such as my_gan";
    if !starts || !name.chars().all(letters) || name.ends_with('_') || name.contains("__") {
        return Err(refused(name, "cannot be the name of a plugin", hint));
    }
    if name.len() > LONGEST {
        let why = format!("is too long, {LONGEST} letters are allowed");
        return Err(refused(name, why, hint));
    }
    if TAKEN.contains(&name) || name.starts_with("lab_") {
        let why = "is a word of Rust or of lab and cannot be the name of a plugin";
        return Err(refused(name, why, hint));
    }
    if let Some(other) = registry()?.iter().find(|plugin| plugin.name == name) {
        let why = format!(
            "is a plugin of lab already, the {} of {}",
            other.capability.name(),
            other.crate_name
        );
        return Err(refused(name, why, "choose another name"));
    }
    Ok(())
}

fn refused(name: &str, why: impl Into<String>, hint: &str) -> ProjectError {
    ProjectError::Name {
        name: name.to_owned(),
        why: why.into(),
        hint: hint.to_owned(),
    }
}

/// The name of its type: `my_gan` becomes `MyGan`.
pub(super) fn as_type(name: &str) -> String {
    name.split('_')
        .map(|part| {
            let mut letters = part.chars();
            letters.next().map_or(String::new(), |first| {
                first.to_ascii_uppercase().to_string() + letters.as_str()
            })
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{TAKEN, as_type, check};
    #[test]
    fn only_names_that_crates_and_experiments_can_have() {
        for good in ["my_gan", "r3gan2", "x"] {
            check(good).unwrap();
        }
        for bad in [
            "",
            "My",
            "3d",
            "a-b",
            "a_",
            "a__b",
            "größe",
            "fn",
            "std",
            "lab_gan",
            &"a".repeat(41),
        ] {
            let complaint = check(bad).unwrap_err().to_string();
            assert!(complaint.contains("hint: small letters"), "{complaint}");
        }
        assert!(TAKEN.is_sorted());
    }

    #[test]
    fn types_are_named_in_camel_case() {
        assert_eq!(as_type("my_gan"), "MyGan");
        assert_eq!(as_type("r3gan_2b"), "R3gan2b");
    }
}
