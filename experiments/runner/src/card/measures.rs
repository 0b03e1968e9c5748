//! The measures of the card, as rows of its table.

use super::latents::Mean;
use super::limits::LatentError;
use super::quality::{CopyingFacts, Nearer};
use super::table::{Cell, Row, Section, Table, short};
use super::{Card, Decoding, GeneratorCard, Quality};

/// Most classes of which each has its row.
const N_CLASSES: usize = 20;
/// Angles at which the table shows what an error in z costs.
const ANGLES: [f64; 3] = [10.0, 30.0, 60.0];
/// Figures of a finished run that the table shows: name in `summary.json`, words.
const HEADLINE: [(&str, &str); 4] = [
    ("observer.pixel.overall", "two alternatives, pixels ↑"),
    (
        "identification.pixel.original_to_reconstructions",
        "identification, pixels ↑",
    ),
    ("similarity.pixel", "correlation of pixels ↑"),
    ("classes.accuracy", "class named rightly ↑"),
];

/// A part of the decoder's error.
type Pick = fn(&LatentError) -> &Mean;
/// The decoder's error: key, words, figure.
const ERRORS: [(&str, &str, Pick); 6] = [
    ("angle", "error in z, degrees ↓", |error| &error.angle),
    ("angle_to_others", "the same to other images", |error| {
        &error.angle_to_others
    }),
    ("pixels.measured", "pixels alike to the ceiling", |error| {
        &error.pixels[0]
    }),
    ("pixels.expected", "the same by the curve", |error| {
        &error.pixels[1]
    }),
    (
        "features.measured",
        "features alike to the ceiling",
        |error| &error.features[0],
    ),
    ("features.expected", "the same by the curve", |error| {
        &error.features[1]
    }),
];

/// A column: a generator, or the training images that stand beside them.
struct Column<'a> {
    quality: &'a Quality,
    generator: Option<&'a GeneratorCard>,
}

/// Collects the rows of one section; a measure that no column has is left out.
struct SectionRows<'a> {
    columns: &'a [Column<'a>],
    rows: Vec<Row>,
}

impl<'a> SectionRows<'a> {
    fn new(columns: &'a [Column<'a>]) -> Self {
        Self {
            columns,
            rows: Vec::new(),
        }
    }

    fn add(&mut self, key: &str, label: &str, of: impl Fn(&Quality) -> Option<Cell>) {
        self.add_columns(key, label, |column| of(column.quality));
    }

    fn add_generators(
        &mut self,
        key: &str,
        label: &str,
        of: impl Fn(&GeneratorCard) -> Option<Cell>,
    ) {
        self.add_columns(key, label, |column| column.generator.and_then(&of));
    }

    fn add_columns(&mut self, key: &str, label: &str, of: impl Fn(&Column<'_>) -> Option<Cell>) {
        let cells: Vec<Option<Cell>> = self.columns.iter().map(of).collect();
        if cells.iter().any(Option::is_some) {
            self.rows.push(Row {
                key: key.into(),
                label: label.into(),
                cells,
            });
        }
    }

    fn under(self, heading: impl Into<String>) -> Section {
        Section {
            heading: heading.into(),
            rows: self.rows,
        }
    }
}

/// The card as a table: generators, then training images, beside each other.
pub(super) fn table(card: &Card) -> Table {
    let generators = card.generators.iter().map(|generator| Column {
        quality: &generator.quality,
        generator: Some(generator),
    });
    let training = card.training_images.iter().map(|(_, quality)| Column {
        quality,
        generator: None,
    });
    let columns: Vec<Column<'_>> = generators.chain(training).collect();
    let labels = card.generators.iter().map(|generator| &generator.label);
    let corpora = card.training_images.iter();
    Table {
        columns: labels
            .cloned()
            .chain(corpora.map(|(label, _)| format!("corpus of {label}")))
            .collect(),
        sections: vec![
            samples(card, &columns),
            classes(card, &columns),
            copying(&columns),
            ceiling(&columns),
            latents(&columns),
            decoding(&columns),
        ],
    }
}

fn samples(card: &Card, columns: &[Column<'_>]) -> Section {
    let mut rows = SectionRows::new(columns);
    rows.add("n", "images", |quality| Some((quality.n as f64).into()));
    rows.add("kid", "KID ↓", |quality| {
        Some(Cell {
            interval: Some(quality.kid.interval),
            n: Some(quality.n),
            ..quality.kid.value.into()
        })
    });
    rows.add_generators(
        "kid_less",
        "KID less that of the first of its seed ↓",
        |card| {
            let less = card.kid_less.as_ref()?;
            Some(Cell {
                interval: Some(less.difference.interval),
                n: Some(card.quality.n),
                note: format!("(than {})", less.than),
                ..less.difference.value.into()
            })
        },
    );
    rows.add("fid", "FID ↓", |quality| Some(quality.fid.value.into()));
    rows.add("fid_half", "FID of half of the images", |quality| {
        Some(quality.fid.with_half.into())
    });
    rows.add("fid_without_end", "FID of endless images ↓", |quality| {
        let value = quality.fid.without_end;
        Some(value.map_or_else(|| "too few images".into(), Cell::from))
    });
    rows.add("precision", "precision ↑", |quality| {
        Some((&quality.precision_recall.precision).into())
    });
    rows.add("recall", "recall ↑", |quality| {
        Some((&quality.precision_recall.recall).into())
    });
    rows.under(format!(
        "Samples beside {} real images, by {}",
        card.n_real, card.judge.features
    ))
}

fn classes(card: &Card, columns: &[Column<'_>]) -> Section {
    let mut rows = SectionRows::new(columns);
    rows.add("sure", "the judge is sure ↑", |quality| {
        Some((&quality.coverage.as_ref()?.sure).into())
    });
    rows.add(
        "effective_classes",
        "classes, if evenly drawn ↑",
        |quality| Some(quality.coverage.as_ref()?.effective_classes.into()),
    );
    let named = if card.judge.classes.len() > N_CLASSES {
        &[]
    } else {
        &*card.judge.classes
    };
    for (idx, name) in named.iter().enumerate() {
        let key = format!("class.{name}");
        rows.add(&key, &format!("share of '{name}'"), |quality| {
            Some((&quality.coverage.as_ref()?.classes.get(idx)?.share).into())
        });
    }
    rows.under(format!(
        "Classes that the judge names in samples, of {}",
        card.judge.classes.len()
    ))
}

fn copying(columns: &[Column<'_>]) -> Section {
    let mut rows = SectionRows::new(columns);
    let mut add = |name: &str, pick: fn(&CopyingFacts) -> &Nearer| {
        let label = format!("nearer than new images are, {name}");
        rows.add(&format!("nearer.{name}"), &label, |quality| {
            Some(pick(quality.copying.as_ref()?).into())
        });
        let label = format!("median distance, {name}");
        rows.add(&format!("nearest.{name}"), &label, |quality| {
            let found = pick(quality.copying.as_ref()?);
            Some(Cell {
                note: format!("(new images {})", short(found.median_of_held_out)),
                ..found.median_of_samples.into()
            })
        });
    };
    add("pixels", |found| &found.pixels);
    add("features", |found| &found.features);
    rows.under("Nearest training image: 0.5 if nothing is copied, 1 if everything is")
}

fn ceiling(columns: &[Column<'_>]) -> Section {
    let mut rows = SectionRows::new(columns);
    rows.add_generators(
        "ceiling.pixel_error",
        "squared error of pixels ↓",
        |card| Some((&card.ceiling.pixel_error).into()),
    );
    let first = columns.iter().find_map(|column| column.generator);
    for (name, _, _) in first.iter().flat_map(|card| &card.ceiling.terms) {
        let key = format!("ceiling.term.{name}");
        rows.add_generators(&key, &format!("loss term {name} ↓"), |card| {
            let own = card.ceiling.terms.iter().find(|(own, _, _)| own == name)?;
            Some(own.2.into())
        });
    }
    rows.add_generators(
        "ceiling.observer.pixel.overall",
        "two alternatives, pixels ↑",
        |card| card.ceiling.two_alternatives.as_ref().map(Cell::from),
    );
    rows.add_generators(
        "ceiling.classes.accuracy",
        "class named rightly ↑",
        |card| card.ceiling.classes.as_ref().map(Cell::from),
    );
    rows.under("Ceiling: the best images that searches found for the test images, under the experiment's loss")
}

fn latents(columns: &[Column<'_>]) -> Section {
    let mut rows = SectionRows::new(columns);
    let parts = ["pixels", "features"];
    for (idx, name) in parts.into_iter().enumerate() {
        for angle in ANGLES {
            let key = format!("sensitivity.{name}.{angle}");
            rows.add_generators(&key, &format!("{name} alike at {angle}° ↑"), |card| {
                let curve = [&card.sensitivity.pixels, &card.sensitivity.features][idx];
                let near = |found: f64| (found - angle).abs() < 1e-9;
                let point = curve.points.iter().find(|point| near(point.angle))?;
                Some(Cell {
                    interval: point.interval,
                    n: Some(card.sensitivity.n_pairs),
                    ..point.similarity.into()
                })
            });
        }
        let key = format!("sensitivity.{name}.unrelated");
        rows.add_generators(&key, &format!("{name} alike, unrelated z"), |card| {
            card.sensitivity.unrelated[idx].map(Cell::from)
        });
    }
    rows.add_generators("searches.angle", "two searches apart, degrees", |card| {
        Some((&card.ceiling.between_searches).into())
    });
    rows.under(
        "What an error in z costs: correlation of G(z) and G(z′) by the angle between z and z′",
    )
}

fn decoding(columns: &[Column<'_>]) -> Section {
    let mut rows = SectionRows::new(columns);
    for (name, label) in HEADLINE {
        let key = format!("decoding.{name}");
        rows.add_generators(&key, label, |card| match &card.decoding {
            Decoding::NotRun { .. } => Some("not run".into()),
            Decoding::Finished { headline, .. } => Some((*headline.get(name)?).into()),
        });
    }
    for (key, label, pick) in ERRORS {
        let key = format!("decoder.{key}");
        rows.add_generators(&key, label, |card| match &card.decoding {
            Decoding::Finished {
                error: Some(error), ..
            } => Some(pick(error).into()),
            _ => None,
        });
    }
    rows.under("Decoding, everything else fixed")
}
