//! The order in which people count.

use std::cmp::Ordering;

/// The order in which people count: runs of digits compare as numbers.
pub fn natural(a: &str, b: &str) -> Ordering {
    let (mut a, mut b) = (a.as_bytes(), b.as_bytes());
    loop {
        let n_digits = |text: &[u8]| text.iter().take_while(|c| c.is_ascii_digit()).count();
        let (n, m) = (n_digits(a), n_digits(b));
        let order = if n > 0 && m > 0 {
            let plain =
                |digits: &[u8]| digits.iter().skip_while(|c| **c == b'0').copied().collect();
            let (x, y): (Vec<u8>, Vec<u8>) = (plain(&a[..n]), plain(&b[..m]));
            (a, b) = (&a[n..], &b[m..]);
            x.len().cmp(&y.len()).then(x.cmp(&y)).then(n.cmp(&m))
        } else {
            match (a.split_first(), b.split_first()) {
                (None, None) => return Ordering::Equal,
                (Some((x, left)), Some((y, right))) => {
                    (a, b) = (left, right);
                    x.cmp(y)
                }
                (x, y) => return x.is_some().cmp(&y.is_some()),
            }
        };
        if order != Ordering::Equal {
            return order;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::natural;

    #[test]
    fn names_are_sorted_as_people_count() {
        let mut names = [
            "link_10/W",
            "link_2/b",
            "link_2/W",
            "link_0/W",
            "link_02/W",
            "a",
        ];
        names.sort_by(|a, b| natural(a, b));
        assert_eq!(
            names,
            [
                "a",
                "link_0/W",
                "link_2/W",
                "link_2/b",
                "link_02/W",
                "link_10/W"
            ]
        );
    }
}
