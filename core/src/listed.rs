//! Lists in sentences.

use std::fmt::Display;

/// Up to `most` of the items of a list, and how many more there are: `a, b and 7 more`; nothing of no items.
///
/// For what a person may look up elsewhere. Where something is to be chosen, the list is whole, or `most` large.
pub fn listed<T: Display>(items: &[T], most: usize) -> String {
    let named: Vec<String> = items.iter().take(most).map(T::to_string).collect();
    match items.len() - named.len() {
        0 => named.join(", "),
        n => format!("{} and {n} more", named.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::listed;

    #[test]
    fn of_many_the_first_are_named_and_the_rest_counted() {
        assert_eq!(listed::<&str>(&[], 2), "");
        assert_eq!(listed(&["a", "b"], 2), "a, b");
        assert_eq!(listed(&["a", "b", "c"], 2), "a, b and 1 more");
        assert_eq!(listed(&[1, 2, 3, 4], 1), "1 and 3 more");
    }
}
