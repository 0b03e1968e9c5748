//! Tables of `tests/reference/study`.

/// Columns of a table of decisions.
#[derive(Default)]
pub(super) struct Table {
    pub(super) image: Vec<u32>,
    pub(super) distractor: Vec<u32>,
    pub(super) rater: Vec<u32>,
    pub(super) condition: Vec<u32>,
    pub(super) correct: Vec<bool>,
}

pub(super) fn read(file: &str) -> String {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/reference/study");
    std::fs::read_to_string(format!("{folder}/{file}")).unwrap()
}

pub(super) fn table(name: &str) -> Table {
    let text = read(&format!("decisions_{name}.csv"));
    let mut lines = text.lines();
    let names: Vec<&str> = lines.next().unwrap().split(',').collect();
    let mut table = Table::default();
    for line in lines {
        for (name, value) in names.iter().zip(line.split(',')) {
            match *name {
                "image" => table.image.push(value.parse().unwrap()),
                "distractor" => table.distractor.push(value.parse().unwrap()),
                "rater" => table.rater.push(value.parse().unwrap()),
                "condition" => table.condition.push(u32::from(value.as_bytes()[0] - b'a')),
                _ => table.correct.push(value == "1"),
            }
        }
    }
    table
}
