//! Means over seeds, and differences between generators at the same seeds.
//!
//! Experiments of one name and one generator that differ in their seeds are repetitions: networks, subjects and decoders
//! are drawn anew for each. Real images, judge and test images of ceilings are those of the first experiment, for all, so
//! that intervals over seeds say nothing about other images.

use lab_score::quality::KernelDistance;
use lab_score::seeds::{OverSeeds, over_seeds};
use serde::Serialize;

use super::table::{Cell, Row, Section, Table, short};
use super::{Card, GeneratorCard};

/// Rows of which findings speak.
const FOUND: [&str; 9] = [
    "kid",
    "recall",
    "sure",
    "ceiling.pixel_error",
    "ceiling.classes.accuracy",
    "decoding.observer.pixel.overall",
    "decoding.similarity.pixel",
    "decoding.classes.accuracy",
    "decoder.angle",
];

/// One figure over seeds, for programs.
#[derive(Debug, Clone, Serialize)]
pub struct SeedFigure {
    /// The measure, as in the table of all generators.
    pub measure: String,
    /// The generator, or "A − B".
    pub of: String,
    /// Mean over seeds; of differences at the same seed for "A − B".
    pub mean: f64,
    /// Student's interval.
    pub interval: Option<(f64, f64)>,
    /// Number of seeds.
    pub n_seeds: usize,
}

/// Repetitions of one experiment.
struct Group<'a> {
    name: &'a str,
    /// Seed and column of each.
    members: Vec<(u64, usize)>,
}

/// The table over seeds; `None` unless an experiment is repeated with another seed.
pub(super) fn table(generators: &[GeneratorCard], each: &Table, confidence: f64) -> Option<Table> {
    let groups = groups(generators);
    let (first, others) = groups.split_first()?;
    if groups.iter().all(|group| group.members.len() < 2) {
        return None;
    }
    let differences = || others.iter().filter(|other| other.shares_seeds(first));
    let mut columns: Vec<String> = groups
        .iter()
        .map(|group| format!("{}, {} seeds", group.name, group.members.len()))
        .collect();
    columns.extend(differences().map(|other| difference(other, first)));
    let row = |row: &Row| {
        let own = groups.iter().map(|group| group.values(row));
        let between = differences().map(|other| other.minus(first, row));
        let cells = own.chain(between);
        Row {
            key: row.key.clone(),
            label: row.label.clone(),
            cells: cells
                .map(|values| over_seeds(&values, confidence).map(Cell::from))
                .collect(),
        }
    };
    let sections = each.sections.iter().map(|section| Section {
        heading: section.heading.clone(),
        rows: section
            .rows
            .iter()
            .filter(|row| row.key != "n")
            .map(row)
            .filter(|row| row.cells.iter().any(Option::is_some))
            .collect(),
    });
    Some(Table {
        columns,
        sections: sections.collect(),
    })
}

/// The figures of the table, for programs.
pub(super) fn figures(table: &Table) -> Vec<SeedFigure> {
    let mut all = Vec::new();
    for row in table.sections.iter().flat_map(|section| &section.rows) {
        for (of, cell) in table.columns.iter().zip(&row.cells) {
            if let Some(Cell {
                value: Some(mean),
                interval,
                n,
                ..
            }) = cell
            {
                all.push(SeedFigure {
                    measure: row.key.clone(),
                    of: of.clone(),
                    mean: *mean,
                    interval: *interval,
                    n_seeds: n.unwrap_or(0),
                });
            }
        }
    }
    all
}

/// What the differences say, in sentences.
pub(super) fn findings(card: &Card, table: &Table) -> Vec<String> {
    let groups = groups(&card.generators);
    let Some((first, others)) = groups.split_first() else {
        return Vec::new();
    };
    let mut all = Vec::new();
    for other in others {
        all.extend(kid_by_seed(&card.generators, other, first));
        let title = difference(other, first);
        let Some(column) = table.columns.iter().position(|known| *known == title) else {
            continue;
        };
        let rows = table.sections.iter().flat_map(|section| {
            let rows = section.rows.iter();
            rows.filter(|row| FOUND.contains(&row.key.as_str()))
                .map(move |row| (&section.heading, row))
        });
        for (heading, row) in rows {
            all.extend(finding(
                heading,
                row,
                column,
                (other, first),
                card.confidence,
            ));
        }
    }
    all
}

/// Seeds below which nothing is known of how much trainings differ.
const FEW: usize = 5;

/// In how many seeds KID on the same real images is lower, and in how many more than chance explains; `None` unless several
/// seeds were compared.
fn kid_by_seed(
    generators: &[GeneratorCard],
    other: &Group<'_>,
    first: &Group<'_>,
) -> Option<String> {
    let first_labels: Vec<&str> = first
        .members
        .iter()
        .map(|&(_, column)| generators[column].label.as_str())
        .collect();
    let compared = other
        .members
        .iter()
        .filter_map(|&(_, column)| generators[column].kid_less.as_ref())
        .filter(|less| first_labels.contains(&less.than.as_str()));
    let differences: Vec<_> = compared.map(|less| less.difference).collect();
    by_seed((other.name, first.name), &differences)
}

fn by_seed((other, first): (&str, &str), differences: &[KernelDistance]) -> Option<String> {
    let n = differences.len();
    if n < 2 {
        return None;
    }
    let count = |holds: fn(&KernelDistance) -> bool| {
        differences.iter().filter(|found| holds(found)).count()
    };
    let few = if n < FEW {
        " So few seeds do not measure how much trainings differ."
    } else {
        ""
    };
    Some(format!(
        "KID of {other} less that of {first}, at the same seed and on the same real images: below 0 in {} of {n} seeds, with an interval below \
         0 in {}; above 0 in {}, with an interval above 0 in {}.{few}",
        count(|found| found.value < 0.0),
        count(|found| found.interval.1 < 0.0),
        count(|found| found.value > 0.0),
        count(|found| found.interval.0 > 0.0),
    ))
}

/// One sentence; `None` without an interval.
fn finding(
    heading: &str,
    row: &Row,
    column: usize,
    (other, first): (&Group<'_>, &Group<'_>),
    confidence: f64,
) -> Option<String> {
    let difference = row.cells.get(column)?.as_ref()?;
    let (value, (low, high)) = (difference.value?, difference.interval?);
    let label = row.label.trim_end_matches([' ', '↑', '↓']);
    let heading = heading.split([':', ',']).next().unwrap_or(heading);
    let more_is_better = row.label.ends_with('↑');
    let outcome = if low <= 0.0 && high >= 0.0 {
        "these seeds do not tell them apart".to_owned()
    } else if (value > 0.0) == more_is_better {
        format!("{} is better on these images", other.name)
    } else {
        format!("{} is worse on these images", other.name)
    };
    Some(format!(
        "{heading} – {label}: {} − {} = {} [{}, {}] ({} % over {} seeds): {outcome}.",
        other.name,
        first.name,
        short(value),
        short(low),
        short(high),
        100.0 * confidence,
        difference.n?,
    ))
}

fn difference(other: &Group<'_>, first: &Group<'_>) -> String {
    format!("{} − {}", other.name, first.name)
}

/// Experiments by name and generator, in the order of the files; a seed counts once.
fn groups(generators: &[GeneratorCard]) -> Vec<Group<'_>> {
    let mut groups: Vec<(Group<'_>, &str)> = Vec::new();
    for (column, card) in generators.iter().enumerate() {
        let (name, plugin) = (card.experiment.as_str(), card.generator.as_str());
        let member = (card.seed, column);
        let known = groups
            .iter_mut()
            .find(|(group, known)| group.name == name && *known == plugin);
        match known {
            Some((group, _)) if group.members.iter().any(|(seed, _)| *seed == card.seed) => {}
            Some((group, _)) => group.members.push(member),
            None => {
                let members = vec![member];
                groups.push((Group { name, members }, plugin));
            }
        }
    }
    groups.into_iter().map(|(group, _)| group).collect()
}

impl Group<'_> {
    fn values(&self, row: &Row) -> Vec<f64> {
        let columns = self.members.iter().map(|&(_, column)| column);
        columns.filter_map(|column| value(row, column)).collect()
    }

    /// Differences at the seeds that both have.
    fn minus(&self, other: &Self, row: &Row) -> Vec<f64> {
        let at = |&(seed, column): &(u64, usize)| {
            let (_, of_other) = other.members.iter().find(|(own, _)| *own == seed)?;
            Some(value(row, column)? - value(row, *of_other)?)
        };
        self.members.iter().filter_map(at).collect()
    }

    fn shares_seeds(&self, other: &Self) -> bool {
        let has = |seed: u64| other.members.iter().any(|(own, _)| *own == seed);
        self.members.iter().any(|&(seed, _)| has(seed))
    }
}

fn value(row: &Row, column: usize) -> Option<f64> {
    row.cells.get(column)?.as_ref()?.value
}

impl From<OverSeeds> for Cell {
    fn from(found: OverSeeds) -> Self {
        Self {
            interval: found.interval,
            n: Some(found.n_seeds),
            ..found.mean.into()
        }
    }
}

#[cfg(test)]
mod tests {
    use lab_score::quality::KernelDistance;

    use super::by_seed;

    #[test]
    fn seeds_are_counted_on_both_sides_of_zero() {
        let of = |value: f64, half: f64| KernelDistance {
            value,
            standard_error: half / 2.0,
            interval: (value - half, value + half),
        };
        let found = by_seed(("a", "b"), &[of(-2.0, 1.0), of(-0.5, 1.0), of(3.0, 1.0)]).unwrap();
        let expected = "below 0 in 2 of 3 seeds, with an interval below 0 in 1; above 0 in 1, with an interval above 0 in 1.";
        assert!(found.starts_with("KID of a less that of b, at the same seed"));
        assert!(found.contains(expected), "{found}");
        assert!(found.ends_with("do not measure how much trainings differ."));
        let many = by_seed(("a", "b"), &[of(-2.0, 1.0); 5]).unwrap();
        assert!(many.contains("with an interval below 0 in 5;") && many.ends_with("above 0 in 0."));
        assert_eq!(by_seed(("a", "b"), &[of(1.0, 1.0)]), None);
    }
}
