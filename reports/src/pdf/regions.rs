//! How much single regions of interest tell, and which of them tell more than others.

use super::differences::{ALPHA, points, signed};
use super::intervals::share;
use super::numbers::{DASH, p_figure, p_value};
use super::scores::Table;
use crate::charts::regions_of;
use lab_score::record::{Condition, Record, RegionDifferenceRow, ScoreRow};

/// Regions that a sentence names before the others are only counted, and regions of which it says what they tell more than.
const N_REGIONS: usize = 6;
/// Pairs of regions that the table has room for.
const N_PAIRS: usize = 15;

/// How much single regions tell, and whether some tell more than others, image by image.
pub(super) fn sentence(record: &Record) -> Option<String> {
    let all = regions_of(record);
    if all.len() < 2 {
        return None;
    }
    let name = |row: &ScoreRow| match &row.condition {
        Condition::Region(name) => name.clone(),
        other => other.label(),
    };
    let shown = all.iter().take(N_REGIONS);
    let shown: Vec<String> = shown
        .map(|row| format!("{} {}", name(row), share(row)))
        .collect();
    let more = match all.len().saturating_sub(N_REGIONS) {
        0 => String::new(),
        n => format!("; {n} more stand in the figure"),
    };
    Some(format!(
        "Single regions tell these shares of pairs apart by ridge regression to pixels: {}{more}. {}",
        shown.join(", "),
        order(&record.region_differences)
    ))
}

/// Which regions tell more than which.
fn order(pairs: &[RegionDifferenceRow]) -> String {
    let p: Vec<f64> = pairs
        .iter()
        .filter_map(|pair| pair.against.p_holm)
        .collect();
    let Some(least) = p.iter().copied().reduce(f64::min) else {
        return "Which of them tells more was not tested.".into();
    };
    let n = pairs.len();
    let tests = match n {
        1 => "by random signs of the differences".to_owned(),
        n => format!(
            "by random signs of the differences, with Holm's correction for {n} pairs of regions"
        ),
    };
    let apart: Vec<&RegionDifferenceRow> = pairs.iter().filter(|pair| is_apart(pair)).collect();
    if apart.is_empty() {
        let which = match n {
            1 => "the two are not told apart".to_owned(),
            _ => "no region is shown to tell more than another".to_owned(),
        };
        return format!("Image by image, {which} ({}, {tests}).", p_value(least));
    }
    let parts: Vec<String> = better(&apart)
        .into_iter()
        .take(N_REGIONS)
        .map(|(region, others)| format!("{region} tells more than {}", listed(&others)))
        .collect();
    let rest = match n - apart.len() {
        0 => String::new(),
        1 => " One other pair is not told apart.".to_owned(),
        n => format!(" The other {n} pairs are not told apart."),
    };
    format!(
        "Image by image, {} (p below {ALPHA}, {tests}).{rest}",
        parts.join("; ")
    )
}

fn is_apart(pair: &RegionDifferenceRow) -> bool {
    pair.against.p_holm.is_some_and(|p| p < ALPHA)
}

/// Each region that tells more than others, and these, in the order of the pairs.
fn better<'a>(apart: &[&'a RegionDifferenceRow]) -> Vec<(&'a str, Vec<&'a str>)> {
    let mut all: Vec<(&str, Vec<&str>)> = Vec::new();
    for pair in apart {
        match all.iter_mut().find(|(region, _)| *region == pair.region) {
            Some((_, others)) => others.push(&pair.other),
            None => all.push((&pair.region, vec![&pair.other])),
        }
    }
    all
}

/// `V1`, `V1 and V2`, `V1, V2 and V3`.
fn listed(names: &[&str]) -> String {
    match names {
        [first @ .., last] if !first.is_empty() => format!("{} and {last}", first.join(", ")),
        _ => names.concat(),
    }
}

/// Pairs of regions: those that are told apart first, and of these and the others the largest differences.
pub(super) fn table(record: &Record) -> Table {
    let mut pairs: Vec<&RegionDifferenceRow> = record.region_differences.iter().collect();
    pairs.sort_by(|a, b| {
        let told = is_apart(b).cmp(&is_apart(a));
        told.then(b.against.value.total_cmp(&a.against.value))
    });
    let p = |p: Option<f64>| p.map_or(DASH.into(), p_figure);
    let row = |pair: &RegionDifferenceRow| {
        let of = &pair.against;
        vec![
            pair.region.clone(),
            pair.other.clone(),
            of.n_images.to_string(),
            signed(100.0 * of.value),
            of.interval.map_or(DASH.into(), points),
            p(of.p_sign_flip),
            p(of.p_holm),
        ]
    };
    let columns = [
        "region",
        "against",
        "images",
        "difference",
        "interval over images",
        "p, random signs",
        "p, Holm",
    ];
    Table {
        columns: columns.map(String::from).to_vec(),
        rows: pairs.into_iter().take(N_PAIRS).map(row).collect(),
    }
}

/// What stands in the table, and where the rest is.
pub(super) fn caption(record: &Record) -> String {
    let n = record.region_differences.len();
    let rest = if n > N_PAIRS {
        format!(" {N_PAIRS} of {n} pairs; all of them: `tables/region_differences.csv`.")
    } else {
        String::new()
    };
    format!(
        "in pairs told apart by pixels (an original against all other reconstructions), by ridge regression to pixels on one region of all \
         subjects at a time. Difference in percentage points, image by image; Holm's correction is for the number of pairs of regions.{rest}"
    )
}
