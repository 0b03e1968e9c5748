//! Commands as a shell takes them.

/// `lab` and these words, quoted where a shell needs it.
pub(crate) fn typed(words: &[String]) -> String {
    let words = words.iter().map(|word| quote(word));
    let words: Vec<String> = std::iter::once("lab".to_owned()).chain(words).collect();
    words.join(" ")
}

fn quote(argument: &str) -> String {
    if argument
        .chars()
        .all(|c| c.is_ascii_alphanumeric() || "-_./=:,".contains(c))
    {
        argument.to_owned()
    } else {
        format!("'{}'", argument.replace('\'', r"'\''"))
    }
}
