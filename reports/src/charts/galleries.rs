//! Figures made of images.

use super::canvas::Words;
use super::chosen::chosen;
use super::sheet::{Block, Row, Sheet, n_blocks, n_columns};
use lab_score::binomial::binomial_tail;
use lab_score::record::{Condition, DecisionRow, Gallery, Pictures, Record};

/// Test images shown in figures that have many rows.
pub(super) const N_SHOWN: usize = 10;
/// Members of the ensemble that a figure shows.
const N_MEMBERS: usize = 8;
/// Images shown of a corpus.
const N_SAMPLES: usize = 30;

/// Conditions that are compared image by image, with the words of their rows.
const COMPARED: [(Condition, &str); 11] = [
    (Condition::Decoder, "reconstruction"),
    (Condition::Given, "reconstruction"),
    (Condition::Ceiling, "generator's ceiling"),
    (Condition::DecoderCeiling, "without noise"),
    (Condition::RidgeToPixels, "ridge to pixels"),
    (Condition::NoAlignment, "… no alignment"),
    (Condition::Shuffled, "shuffled responses"),
    (Condition::Prior, "prior at random"),
    (Condition::NearestTraining, "nearest training"),
    (Condition::RandomTraining, "random training"),
    (Condition::MeanImage, "mean image"),
];

pub(super) type Figured = (Sheet, Words);

/// Reconstructions under their originals: identified ones, and failures apart.
pub(super) fn reconstructions(record: &Record, pictures: &Pictures) -> Vec<Figured> {
    let decided = |row: &&DecisionRow| row.condition.is_result() && row.observer == "pixel";
    let rows: Vec<&DecisionRow> = record.decisions.iter().filter(decided).collect();
    let n_decisions = rows.first().map_or(0, |row| row.n_decisions);
    let (identified, failed): (Vec<&DecisionRow>, _) = rows
        .iter()
        .partition(|row| 5.0 * row.n_correct >= 4.0 * row.n_decisions as f64);
    let rule = format!(
        "at least four fifths of their {n_decisions} two-alternative decisions are right by pixel correlation"
    );
    let n_all = rows.len();
    let share = |n: usize| format!("{n} of {n_all} test images");
    let least = (4 * n_decisions).div_ceil(5) as u64;
    let by_guessing = binomial_tail(least, n_decisions, 0.5).map_or(String::new(), |p| {
        format!(
            " Guessing would put about {:.1} of them here.",
            p * n_all as f64
        )
    });
    let first = words(
        "reconstructions",
        format!(
            "Reconstructions identified by pixels: {}",
            share(identified.len())
        ),
        format!("Images of which {rule}.{by_guessing}{}", classified(record)),
    );
    let second = words(
        "failures",
        format!(
            "Reconstructions not identified by pixels: {}",
            share(failed.len())
        ),
        format!("Images of which not {rule}."),
    );
    let figures = [(identified, first), (failed, second)];
    figures
        .into_iter()
        .filter_map(|(rows, words)| under_originals((record, pictures), &rows, words))
        .collect()
}

/// What the classifier, which has no part in the choice of images, says of the same reconstructions.
fn classified(record: &Record) -> String {
    let mut tables = record.confusions.iter();
    let Some(table) = tables.find(|table| table.condition.is_result()) else {
        return String::new();
    };
    let row = |(class, row): (usize, &Vec<usize>)| {
        (
            row.get(class).copied().unwrap_or(0),
            row.iter().sum::<usize>(),
        )
    };
    let counts = table.counts.iter().enumerate().map(row);
    let (right, n_images) = counts.fold((0_usize, 0_usize), |(right, all), (one, row)| {
        (right + one, all + row)
    });
    if n_images == 0 {
        return String::new();
    }
    let classifier = &table.classifier;
    format!(
        " Identified does not mean that the class can be seen: the classifier {classifier} names the right one for {right} of \
         {n_images} reconstructions."
    )
}

/// Some test images and their reconstructions at one glance, for the first page.
pub(super) fn glance(record: &Record, pictures: &Pictures) -> Option<Figured> {
    let originals = gallery(pictures, "originals")?;
    let made = made(pictures).filter(|made| made.len() == originals.len())?;
    let (images, how) = chosen(record, originals.len(), n_columns(originals).min(N_SHOWN));
    let block = Block {
        rows: vec![
            Row::of("original", originals, &images),
            Row::of("reconstruction", made, &images),
        ],
        ..Block::default()
    };
    let caption = format!(
        "{} of {} test images, {how}, none chosen by its result.",
        images.len(),
        originals.len()
    );
    Some((
        Sheet::new(originals, vec![block]),
        words("glance", "Originals and their reconstructions", caption),
    ))
}

fn under_originals(
    (record, pictures): (&Record, &Pictures),
    rows: &[&DecisionRow],
    mut words: Words,
) -> Option<Figured> {
    let (originals, made) = (gallery(pictures, "originals")?, made(pictures)?);
    if rows.is_empty() {
        return None;
    }
    let ceiling = gallery(pictures, "ceiling");
    let ceiling_label = ceiling_label(record);
    let n_rows = 2 + usize::from(ceiling.is_some());
    let shown = rows
        .len()
        .min(n_columns(originals) * n_blocks(originals, n_rows));
    let block = |rows: &[&DecisionRow]| {
        let images: Vec<usize> = rows.iter().map(|row| row.test_image).collect();
        let mut block = Block {
            columns: rows.iter().map(|row| tag(row)).collect(),
            ..Block::default()
        };
        block.rows.push(Row::of("original", originals, &images));
        block.rows.push(Row::of("reconstruction", made, &images));
        block
            .rows
            .extend(ceiling.map(|ceiling| Row::of(ceiling_label, ceiling, &images)));
        block
    };
    let blocks = rows[..shown]
        .chunks(n_columns(originals))
        .map(block)
        .collect();
    let has_classes = rows[..shown].iter().any(|row| !class(row).is_empty());
    let named = if has_classes {
        "index and class"
    } else {
        "index"
    };
    let over = format!(
        " Over each column: {named} of the test image, and after the dot the number of right decisions."
    );
    words.caption += &over;
    if ceiling.is_some() {
        let what = format!(
            " {} is the best image that a search found in the generator for the original itself.",
            quoted(ceiling_label)
        );
        words.caption += &what;
    }
    if shown < rows.len() {
        let of = rows.len();
        words.caption = format!(
            "{} The first {shown} of {of} images in the order of the test set.",
            words.caption
        );
    }
    Some((Sheet::new(originals, blocks), words))
}

/// The class, if there is room for it over a picture.
fn class(row: &DecisionRow) -> &str {
    if row.class.chars().count() > 6 {
        ""
    } else {
        &row.class
    }
}

fn tag(row: &DecisionRow) -> String {
    let class = class(row);
    let gap = if class.is_empty() { "" } else { " " };
    format!("{}{gap}{class} · {}", row.test_image, row.n_correct)
}

/// Some test images by every condition.
pub(super) fn conditions(record: &Record, pictures: &Pictures) -> Option<Figured> {
    let originals = gallery(pictures, "originals")?;
    let (images, how) = chosen(record, originals.len(), n_columns(originals).min(N_SHOWN));
    let ceiling_label = ceiling_label(record);
    let compared = COMPARED.iter().filter_map(|(condition, label)| {
        let label = match condition {
            Condition::Ceiling => ceiling_label,
            _ => label,
        };
        Some((label, gallery(pictures, &condition.name())?))
    });
    let compared: Vec<_> = compared
        .filter(|(_, gallery)| gallery.len() == originals.len())
        .collect();
    if compared.len() < 2 {
        return None;
    }
    let mut block = Block {
        columns: images.iter().map(usize::to_string).collect(),
        ..Block::default()
    };
    block.rows.push(Row::of("original", originals, &images));
    block.rows.extend(
        compared
            .into_iter()
            .map(|(label, gallery)| Row::of(label, gallery, &images)),
    );
    let rows = match record.result() {
        Condition::Given => {
            "The training image that a reconstruction is most like, one drawn at random and the mean of all are baselines.".to_owned()
        }
        _ => format!(
            "Ridge regression, shuffled responses, the generator at random, the training image that the reconstruction is most like and \
             the mean image are baselines; {} is the best image that a search found in the generator for the original itself.",
            quoted(ceiling_label)
        ),
    };
    let ceiling = gallery(pictures, &Condition::DecoderCeiling.name());
    let without_noise = if ceiling.is_some() {
        " Without noise: one member of the decoder, fitted and asked on responses without noise."
    } else {
        ""
    };
    let caption = format!(
        "{} of {} test images, {how}; over each column its index. {rows}{without_noise}",
        images.len(),
        originals.len()
    );
    Some((
        Sheet::new(originals, vec![block]),
        words("conditions", "The same images by every condition", caption),
    ))
}

/// Some test images by member of the ensemble.
pub(super) fn variability(record: &Record, pictures: &Pictures) -> Option<Figured> {
    let (originals, combined) = (
        gallery(pictures, "originals")?,
        gallery(pictures, "decoder")?,
    );
    let members: Vec<&Gallery> = (0..)
        .map_while(|member| gallery(pictures, &Condition::Member(member).name()))
        .collect();
    if members.len() < 2 {
        return None;
    }
    let shown = members
        .len()
        .min(N_MEMBERS)
        .min(n_columns(originals).saturating_sub(2));
    let mut block = Block {
        columns: vec!["original".into(), "combined".into()],
        ..Block::default()
    };
    block
        .columns
        .extend((0..shown).map(|member| member.to_string()));
    let galleries: Vec<&Gallery> = [originals, combined]
        .into_iter()
        .chain(members[..shown].iter().copied())
        .collect();
    let (images, how) = chosen(record, originals.len(), N_SHOWN.min(8));
    for image in images {
        let parts = galleries
            .iter()
            .map(|gallery| Row::of("", gallery, &[image]));
        block.rows.push(Row {
            label: format!("test image {image}"),
            images: parts.flat_map(|row| row.images).collect(),
        });
    }
    let caption = format!(
        "Each row is a test image, {how}; columns are the original, the ensemble's combined reconstruction and those of the first \
         {shown} of {} members, which differ in their random start and order of images.",
        members.len()
    );
    Some((
        Sheet::new(originals, vec![block]),
        words("variability", "Variability over the ensemble", caption),
    ))
}

/// Images drawn from the generator, beside its corpus if it has learned from one of the same size: a generator that came
/// with its weights has none.
pub(super) fn samples(_: &Record, pictures: &Pictures) -> Option<Figured> {
    let samples = gallery(pictures, "samples")?;
    let same = |corpus: &&Gallery| (corpus.height, corpus.width) == (samples.height, samples.width);
    let corpus = gallery(pictures, "corpus").filter(same);
    let block = |heading: &str, gallery: &Gallery| {
        let images: Vec<usize> = (0..gallery.len().min(N_SAMPLES)).collect();
        let rows = images
            .chunks(n_columns(gallery))
            .map(|images| Row::of("", gallery, images))
            .collect();
        Block {
            heading: heading.into(),
            rows,
            ..Block::default()
        }
    };
    let n_samples = samples.len().min(N_SAMPLES);
    let mut blocks: Vec<Block> = corpus
        .map(|corpus| block("images of the corpus", corpus))
        .into_iter()
        .collect();
    blocks.push(block("samples of the generator", samples));
    let words = match corpus {
        Some(corpus) => words(
            "samples",
            "The generator beside its corpus",
            format!(
                "{} images that the generator learned from, and {n_samples} images that it makes from random latents.",
                corpus.len().min(N_SAMPLES)
            ),
        ),
        None => words(
            "samples",
            "Samples of the generator",
            format!(
                "{n_samples} images that the generator makes from random latents. What it has learned from is not known here."
            ),
        ),
    };
    Some((Sheet::new(samples, blocks), words))
}

/// Words of a row of the ceiling's images, as short as a row has room for.
fn ceiling_label(record: &Record) -> &'static str {
    if record.label(&Condition::Ceiling) == Condition::Ceiling.label() {
        "generator's ceiling"
    } else {
        "best found"
    }
}

fn quoted(label: &str) -> String {
    format!("“{label}”")
}

/// The images that the report is about.
pub(super) fn made(pictures: &Pictures) -> Option<&Gallery> {
    let results = [Condition::Decoder, Condition::Given];
    results
        .iter()
        .find_map(|result| gallery(pictures, &result.name()))
}

pub(super) fn gallery<'a>(pictures: &'a Pictures, name: &str) -> Option<&'a Gallery> {
    pictures
        .galleries
        .get(name)
        .filter(|gallery| !gallery.is_empty())
}

pub(super) fn words(name: &'static str, title: impl Into<String>, caption: String) -> Words {
    Words {
        name,
        title: title.into(),
        caption,
    }
}
