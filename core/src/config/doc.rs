//! Meanings of parameters, read from the doc comments of their structs.
//!
//! So a meaning is written once, where the parameter is. The text is that of a source file which the compiler has read
//! and rustfmt has laid out: one field or variant a line, its comment in the lines above it.

/// The doc comment of a field or variant; `scope` is a struct or enum and the names from there on, such as
/// `Decay.Halfway.to`.
pub(super) fn meaning(sources: &[&str], scope: &str) -> Option<String> {
    let (owner, rest) = scope.split_once('.')?;
    let names: Vec<&str> = rest.split('.').collect();
    let found = sources.iter().find_map(|source| body(source, owner))?;
    described(found, &names)
}

/// The lines between the braces of a struct or enum.
fn body<'a>(source: &'a str, owner: &str) -> Option<&'a str> {
    let mut start = 0;
    for line in source.split_inclusive('\n') {
        start += line.len();
        let declared = [
            "pub struct ",
            "pub enum ",
            "struct ",
            "enum ",
            "pub(crate) struct ",
        ]
        .iter()
        .find_map(|prefix| line.trim_start().strip_prefix(prefix));
        let ends = |rest: &str| rest.trim_end().ends_with('{') && !rest.starts_with('_');
        let named = declared.and_then(|declared| declared.strip_prefix(owner));
        if named.is_some_and(|rest| ends(rest) && !rest.starts_with(char::is_alphanumeric)) {
            return Some(&source[start..]);
        }
    }
    None
}

/// The comment of the field or variant with the first of these names, or of that within it.
fn described(body: &str, names: &[&str]) -> Option<String> {
    let (first, rest) = names.split_first()?;
    let mut comment: Vec<&str> = Vec::new();
    let mut renamed = None;
    let mut depth = 0usize;
    let mut start = 0;
    for line in body.split_inclusive('\n') {
        start += line.len();
        let text = line.trim();
        if let Some(said) = text.strip_prefix("///") {
            if depth == 0 {
                comment.push(said.trim());
            }
            continue;
        }
        if depth == 0 && text.starts_with("#[") {
            let new = text.split("rename = \"").nth(1);
            renamed = new.and_then(|new| new.split('"').next()).or(renamed);
            continue;
        }
        if depth == 0 {
            let name = text
                .trim_start_matches("pub(crate) ")
                .trim_start_matches("pub ");
            let end = name.find(|c: char| !(c.is_alphanumeric() || c == '_'));
            let name = renamed.take().unwrap_or(&name[..end.unwrap_or(name.len())]);
            if name == *first && !rest.is_empty() {
                return described(&body[start..], rest);
            }
            if name == *first {
                return (!comment.is_empty()).then(|| comment.join(" "));
            }
            comment.clear();
        }
        let opened = text.matches('{').count();
        let closed = text.matches('}').count();
        depth = (depth + opened).checked_sub(closed)?;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::meaning;

    const SOURCE: &str = r#"
/// Not this one.
pub struct Abc {
    /// Wrong.
    pub size: usize,
}

/// A shape.
#[derive(Debug)]
pub enum Ab {
    /// Round.
    #[serde(rename = "round")]
    Round,
    /// A rectangle,
    /// of two sides.
    Sides {
        /// The first side.
        #[serde(default)]
        size: usize,
        plain: f64,
    },
    /// A list.
    List(Vec<u8>),
}
"#;

    #[test]
    fn comments_are_found_by_the_names_of_struct_and_field() {
        let found = |scope| meaning(&["", SOURCE], scope);
        assert_eq!(found("Ab.round").as_deref(), Some("Round."));
        assert_eq!(
            found("Ab.Sides").as_deref(),
            Some("A rectangle, of two sides.")
        );
        assert_eq!(found("Ab.Sides.size").as_deref(), Some("The first side."));
        assert_eq!(found("Ab.Sides.plain"), None);
        assert_eq!(found("Ab.List").as_deref(), Some("A list."));
        assert_eq!(found("Ab.size"), None);
        assert_eq!(found("Abc.size").as_deref(), Some("Wrong."));
        assert_eq!(found("Abcd.size"), None);
    }
}
