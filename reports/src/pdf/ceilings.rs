//! How good could this have been: what stands above the result, in one place.

use super::numbers::{DASH, percent, three, upper};
use super::scores::{Table, independent_observers};
use lab_score::record::{
    CeilingSource, Condition, Direction, NoiseCeilingRow, NoiselessRow, NoiselessSource, Record,
    ScoreRow, Statistic,
};

/// What a row asks, by which observer.
pub(super) type Asked = (&'static str, Statistic, String, Direction);

/// The scores that have a place in the table.
pub(super) fn asked(record: &Record) -> Vec<Asked> {
    let task = Direction::OriginalToReconstructions;
    let right = |of: String| ("right decisions", Statistic::ObserverOverall, of, task);
    let mut asked = vec![right("pixel".into())];
    asked.extend(independent_observers(record).into_iter().map(right));
    for of in ["pixel", "ssim"] {
        let similarity = Statistic::Similarity;
        asked.push(("similarity", similarity, of.into(), Direction::None));
    }
    let mut all = record.scores.iter();
    let classifier = all.find(|row| row.statistic == Statistic::ClassAccuracy);
    asked.extend(classifier.map(|row| {
        let of = row.observer.clone();
        ("class named", Statistic::ClassAccuracy, of, Direction::None)
    }));
    asked
}

/// The result beside both ceilings, by observer, and beside the originals where a classifier judged these.
pub(super) fn scores(record: &Record) -> Table {
    let row = |(what, statistic, observer, direction): Asked| {
        let of = |condition: &Condition| record.score(condition, statistic, &observer, direction);
        let (result, ceiling) = (of(&record.result())?, of(&Condition::Ceiling)?);
        let start = Start::of(result, of(&Condition::MeanImage));
        let alone = of_members(record, result);
        Some(vec![
            what.to_owned(),
            observer.clone(),
            start.words(statistic),
            figure(result),
            alone.map_or(DASH.into(), |value| value_of(statistic, value)),
            of(&Condition::DecoderCeiling).map_or(DASH.into(), certain),
            certain(ceiling),
            start
                .way(result, ceiling)
                .map_or(DASH.into(), |way| percent(way).replace('-', "−")),
            of(&Condition::Originals).map_or(DASH.into(), figure),
        ])
    };
    let ceiling = record.label(&Condition::Ceiling);
    let columns = [
        "score",
        "by",
        "start",
        "result",
        "members alone",
        "decoder's ceiling",
        &ceiling,
        "share of the way",
        "originals",
    ];
    Table {
        columns: columns.map(String::from).to_vec(),
        rows: asked(record).into_iter().filter_map(row).collect(),
    }
}

/// The mean over the members of the ensemble, each scored alone; `None` for one member, or unless all were scored.
pub(super) fn of_members(record: &Record, result: &ScoreRow) -> Option<f64> {
    let n_members = record.members.len();
    let of_member = |member: usize| {
        let condition = Condition::Member(member);
        let row = record.score(
            &condition,
            result.statistic,
            &result.observer,
            result.direction,
        )?;
        Some(row.value)
    };
    let all: Vec<f64> = (0..n_members).filter_map(of_member).collect();
    (n_members > 1 && all.len() == n_members).then(|| all.iter().sum::<f64>() / n_members as f64)
}

/// Where the way to a ceiling starts: what is reached without any response.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Start {
    /// The value of guessing.
    Guessing(f64),
    /// The mean training image for every test image, where it is better than guessing or guessing has no value.
    MeanImage(f64),
    /// Neither is known.
    Unknown,
}

impl Start {
    fn of(result: &ScoreRow, mean_image: Option<&ScoreRow>) -> Self {
        let mean_image = mean_image.map(|row| row.value);
        match (result.chance, mean_image) {
            (Some(chance), Some(value)) if value > chance => Self::MeanImage(value),
            (Some(chance), _) => Self::Guessing(chance),
            (None, Some(value)) => Self::MeanImage(value),
            (None, None) => Self::Unknown,
        }
    }

    fn words(self, statistic: Statistic) -> String {
        match self {
            Self::Guessing(value) => format!("{} guessing", value_of(statistic, value)),
            Self::MeanImage(value) => format!("{} mean image", value_of(statistic, value)),
            Self::Unknown => DASH.into(),
        }
    }

    /// How far the result stands on the way from here to the ceiling.
    fn way(self, result: &ScoreRow, ceiling: &ScoreRow) -> Option<f64> {
        let (Self::Guessing(from) | Self::MeanImage(from)) = self else {
            return None;
        };
        (ceiling.value > from).then(|| (result.value - from) / (ceiling.value - from))
    }
}

/// What the columns of the table are.
pub(super) fn caption(record: &Record) -> String {
    let mut searches = record.searches.iter();
    let cut = searches.any(|row| row.condition == Condition::Ceiling && row.is_still_falling());
    let name = upper(&record.label(&Condition::Ceiling));
    let still = if cut {
        ", which ended while that loss still fell: the best images of the generator may score better"
    } else {
        ""
    };
    let alone = if record.members.len() > 1 {
        " Members alone: the mean of what each member of the ensemble reaches by itself; a dash where they were not scored."
    } else {
        ""
    };
    format!(
        "on the same test images. Start: what is reached without any response, by guessing, or by the mean training image for every test \
         image where that is better or guessing has no value; a dash where neither is known. {name}: what a search that saw the \
         originals found, by the experiment's own loss{still}. Share of the way: from the start to that. The search asks for a low loss \
         and for nothing else, so that a result may pass it in another score.{alone} Originals: how often the classifier names their \
         class, which no reconstruction can be expected to pass. {}",
        of_decoder(record).unwrap_or_default()
    )
}

/// The figure with its interval over images.
fn certain(row: &ScoreRow) -> String {
    let bounds = row.image_interval.map(|(low, high)| {
        if row.statistic.is_share() {
            format!(" ({:.0}–{:.0})", 100.0 * low, 100.0 * high)
        } else {
            format!(" ({low:.2}–{high:.2})")
        }
    });
    figure(row) + &bounds.unwrap_or_default().replace('-', "−")
}

fn figure(row: &ScoreRow) -> String {
    value_of(row.statistic, row.value)
}

pub(super) fn value_of(statistic: Statistic, value: f64) -> String {
    if statistic.is_share() {
        percent(value)
    } else {
        three(value)
    }
}

/// What the decoder's ceiling stands on, and what it is not.
pub(super) fn of_decoder(record: &Record) -> Option<String> {
    let facts = record.decoder_ceiling.as_ref()?;
    let of_what = match facts.source {
        NoiselessSource::Known => {
            "the simulated responses before noise was added to them".to_owned()
        }
        NoiselessSource::EncodingModel => format!(
            "what an encoding model says of each image: ridge regression from energies of a Gabor pyramid and mean light, fitted on \
             training responses, and there only to voxels that it predicts for images left out of its fit ({})",
            facts
                .subjects
                .iter()
                .map(of_subject)
                .collect::<Vec<_>>()
                .join("; ")
        ),
    };
    let bounds = match facts.source {
        NoiselessSource::Known => {
            "What it lacks is lost in the alignment, the decoder, the losses and the generator."
        }
        NoiselessSource::EncodingModel => {
            "It bounds what this decoder could make of what this model knows of the brain, and not of the brain itself: voxels may \
             say less, in noise that repeats do not average out, or more."
        }
    };
    Some(format!(
        "Decoder's ceiling: one member of the experiment's decoder, fitted and asked on {of_what}, seen through the alignment that was \
         fitted on the measured training responses. {bounds} {} \
         In brackets: interval over the test images, by which a result may pass a ceiling.",
        lost(record, facts.source)
    ))
}

/// What lies between the decoder's ceiling, which is one member, and the result, which may combine several.
fn lost(record: &Record, source: NoiselessSource) -> String {
    let to = match source {
        NoiselessSource::Known => "lost to noise",
        NoiselessSource::EncodingModel => "lost to noise and to what the model does not know",
    };
    let n_members = record.members.len();
    if n_members < 2 {
        return format!("What the result lacks beside it is {to}.");
    }
    let similarity = |condition: &Condition| {
        record.score(condition, Statistic::Similarity, "pixel", Direction::None)
    };
    let result = similarity(&record.result());
    let alone = result.and_then(|row| of_members(record, row));
    let (Some(result), Some(alone), Some(ceiling)) =
        (result, alone, similarity(&Condition::DecoderCeiling))
    else {
        return format!(
            "The result combines {n_members} members, which were not all scored alone: what it lacks beside one member is not told apart \
             from what combining does."
        );
    };
    let between = ceiling.value - alone;
    let combined = result.value - alone;
    let combining = match combined {
        _ if combined.abs() < 0.0005 => "combining them changes nothing".to_owned(),
        _ if combined > 0.0 => format!("combining them raises it by {}", three(combined)),
        _ => format!("combining them lowers it by {}", three(-combined)),
    };
    format!(
        "It is one member: what {n_members} members alone lack beside it is {to}. In correlation of pixels they reach {} (mean), {} {} it; \
         {combining}, to {}.",
        three(alone),
        three(between.abs()),
        if between < 0.0 { "above" } else { "below" },
        three(result.value)
    )
}

fn of_subject(row: &NoiselessRow) -> String {
    let left_out = row.left_out.map_or(String::new(), |r| {
        format!("median r {} with images left out, ", three(r))
    });
    format!(
        "{}: {} of {} voxels, {left_out}{} with test responses",
        row.subject,
        row.n_voxels,
        row.of_voxels,
        three(row.test)
    )
}

/// Noise ceilings of each subject by source, with the middle voxel's interval beside medians that are estimated from repeats.
pub(super) fn noise(record: &Record) -> Table {
    let middle = NoiseCeilingRow::LEVELS
        .iter()
        .position(|level| (level - 0.5).abs() < 1e-9);
    let row = |row: &NoiseCeilingRow| {
        let source = match row.source {
            CeilingSource::Known => "known",
            CeilingSource::Repeats => "from repeats",
            CeilingSource::SplitHalf => "split half",
        };
        let mut cells = vec![
            row.subject.clone(),
            source.to_owned(),
            row.n_voxels.to_string(),
        ];
        cells.extend(row.quantiles.iter().enumerate().map(|(place, value)| {
            let interval = row.interval.filter(|_| Some(place) == middle);
            with_interval(*value, interval)
        }));
        let responsive = row.responsive.as_ref();
        cells.push(responsive.map_or(DASH.into(), |found| found.n_voxels.to_string()));
        cells.push(responsive.map_or(DASH.into(), |found| {
            with_interval(found.median, found.interval)
        }));
        cells
    };
    let mut columns = vec!["subject".to_owned(), "source".into(), "voxels".into()];
    let levels = NoiseCeilingRow::LEVELS.iter();
    columns.extend(levels.map(|level| format!("{:.0} %", 100.0 * level)));
    columns.extend(["responsive".into(), "their median".into()]);
    Table {
        columns,
        rows: record.noise_ceilings.iter().map(row).collect(),
    }
}

/// How estimates compare with the truth where it is known, and how many voxels there is nothing to see in.
pub(super) fn noise_compared(rows: &[NoiseCeilingRow]) -> String {
    let of = |source: CeilingSource| -> Vec<&NoiseCeilingRow> {
        rows.iter().filter(|row| row.source == source).collect()
    };
    let (known, repeats) = (of(CeilingSource::Known), of(CeilingSource::Repeats));
    let mut text = responsive_share(if repeats.is_empty() { &known } else { &repeats });
    let medians = |rows: &[&NoiseCeilingRow]| -> Vec<(String, f64)> {
        let median = |row: &&NoiseCeilingRow| {
            let found = row.responsive.as_ref()?;
            Some((row.subject.clone(), found.median))
        };
        rows.iter().filter_map(median).collect()
    };
    let (truth, found) = (medians(&known), medians(&repeats));
    let pairs: Vec<(f64, f64)> = found
        .iter()
        .filter_map(|(subject, found)| {
            let (_, truth) = truth.iter().find(|(known, _)| known == subject)?;
            Some((*truth, *found))
        })
        .collect();
    if pairs.is_empty() {
        return text;
    }
    let range = |of: fn(&(f64, f64)) -> f64| {
        let values = || pairs.iter().map(of);
        let (low, high) = (
            values().fold(f64::INFINITY, f64::min),
            values().fold(f64::NEG_INFINITY, f64::max),
        );
        format!("{}–{}", three(low), three(high))
    };
    let n_above = pairs.iter().filter(|(truth, found)| found > truth).count();
    let meaning = match n_above {
        n if n == pairs.len() => {
            "estimates lie above the truth here. The voxels were chosen on other rows, so that the choice is not the reason; what repeats \
             of one run share beside the image counts as signal, and few repeats leave much to chance. Trust what is known"
        }
        0 => "estimates lie below the truth here: trust what is known",
        _ => "estimates lie on both sides of the truth here: trust what is known",
    };
    let compared = format!(
        " Medians of responsive voxels: {} known, {} from repeats: {meaning}.",
        range(|pair| pair.0),
        range(|pair| pair.1)
    );
    text += &compared;
    text
}

/// How many voxels are not shown to be responsive, over all subjects.
fn responsive_share(rows: &[&NoiseCeilingRow]) -> String {
    let told = rows.iter().filter_map(|row| {
        let found = row.responsive.as_ref()?;
        Some((found.n_voxels, row.n_voxels as f64))
    });
    let (responsive, all) = told.fold((0.0, 0.0), |sum, of| (sum.0 + of.0, sum.1 + of.1));
    if all <= 0.0 {
        return String::new();
    }
    format!(
        " {} of the voxels are not shown to be responsive: quantiles over all voxels hold theirs too, and for voxels that do not respond \
         an estimate that is cut off at 0 lies above what is there.",
        percent(1.0 - responsive / all)
    )
}

fn with_interval(value: f64, interval: Option<(f64, f64)>) -> String {
    match interval {
        Some((low, high)) => format!("{} ({low:.2}–{high:.2})", three(value)),
        None => three(value),
    }
}

#[cfg(test)]
mod tests {
    use super::{Start, caption, noise, noise_compared, of_decoder, scores};
    use crate::example::example;
    use lab_score::record::{
        CeilingSource, Condition, NoiselessSource, Record, ScoreRow, Statistic,
    };

    #[test]
    fn the_result_stands_beside_the_generators_ceiling() {
        let (record, _) = example();
        let table = scores(&record);
        assert!(table.rows.len() >= 4, "{:?}", table.rows);
        let classes = table
            .rows
            .iter()
            .find(|row| row[0] == "class named")
            .unwrap();
        assert_ne!(classes[8], "–");
        for row in &table.rows {
            let number = |cell: &str| {
                let figure = cell.split(' ').next().unwrap_or_default();
                figure.replace('−', "-").parse::<f64>()
            };
            let from = number(&row[2]).unwrap();
            assert!(number(&row[5]).is_ok() && row[5].ends_with(')'), "{row:?}");
            let way = (number(&row[3]).unwrap() - from) / (number(&row[6]).unwrap() - from);
            assert!(
                (100.0 * way - number(&row[7]).unwrap()).abs() < 0.5,
                "{row:?}"
            );
        }
    }

    #[test]
    fn without_a_search_nothing_stands_beside() {
        let (mut record, _) = example();
        record
            .scores
            .retain(|row| row.condition != Condition::Ceiling);
        assert!(scores(&record).rows.is_empty());
    }

    #[test]
    fn the_decoders_ceiling_says_what_it_stands_on() {
        let (mut record, _) = example();
        let words = of_decoder(&record).unwrap();
        for part in [
            "what an encoding model says",
            "S1: 212 of 800 voxels, median r 0.310 with images left out, 0.280 with test responses; S2",
            "not of the brain itself",
        ] {
            assert!(words.contains(part), "{words}");
        }
        let facts = record.decoder_ceiling.as_mut().unwrap();
        facts.source = NoiselessSource::Known;
        let words = of_decoder(&record).unwrap();
        assert!(words.contains("before noise was added"), "{words}");
        assert!(
            words.contains("what 5 members alone lack beside it is lost to noise."),
            "{words}"
        );
        assert!(!words.contains("encoding"), "{words}");
        record.decoder_ceiling = None;
        assert_eq!(of_decoder(&record), None);
        let without_noise =
            |row: &lab_score::record::ScoreRow| row.condition == Condition::DecoderCeiling;
        record.scores.retain(|row| !without_noise(row));
        assert!(scores(&record).rows.iter().all(|row| row[5] == "–"));
    }

    #[test]
    fn the_way_starts_at_the_best_that_needs_no_response() {
        let (record, _) = example();
        let of = |statistic| {
            let mut rows = record.scores.iter();
            rows.find(|row| row.statistic == statistic).unwrap().clone()
        };
        let mut share = of(Statistic::ObserverOverall);
        let mut similarity = of(Statistic::Similarity);
        (share.value, similarity.value) = (0.4, 0.38);
        assert_eq!(Start::of(&share, None), Start::Guessing(0.5));
        assert_eq!(Start::of(&share, Some(&share)), Start::Guessing(0.5));
        let above = ScoreRow {
            value: 0.6,
            ..share.clone()
        };
        assert_eq!(Start::of(&share, Some(&above)), Start::MeanImage(0.6));
        assert_eq!(Start::of(&similarity, None), Start::Unknown);
        let start = Start::of(&similarity, Some(&similarity));
        assert_eq!(start, Start::MeanImage(0.38));
        assert_eq!(start.words(Statistic::Similarity), "0.380 mean image");
        let at = |value| ScoreRow {
            value,
            ..similarity.clone()
        };
        assert!((start.way(&at(0.614), &at(0.922)).unwrap() - 0.4317).abs() < 1e-4);
        assert_eq!(start.way(&at(0.6), &at(0.38)), None);
        assert_eq!(Start::Unknown.way(&at(0.6), &at(0.9)), None);
        let starts = |text: &str| {
            let rows = scores(&record).rows;
            rows.iter().filter(|row| row[2].ends_with(text)).count()
        };
        assert!(starts("guessing") >= 3 && starts("mean image") == 2);
    }

    /// The example with known responses, members that reach `alone`, a result of .614 and a ceiling of .694.
    fn with_members(alone: Option<f64>) -> Record {
        let (mut record, _) = example();
        record.decoder_ceiling.as_mut().unwrap().source = NoiselessSource::Known;
        for row in record
            .scores
            .iter_mut()
            .filter(|row| row.statistic == Statistic::Similarity && row.observer == "pixel")
        {
            row.value = match row.condition {
                Condition::Decoder => 0.614,
                Condition::DecoderCeiling => 0.694,
                Condition::Member(_) => alone.unwrap_or(0.0),
                _ => row.value,
            };
        }
        if alone.is_none() {
            record
                .scores
                .retain(|row| !matches!(row.condition, Condition::Member(_)));
        }
        record
    }

    #[test]
    fn noise_is_held_apart_from_what_combining_does() {
        let said = |alone| of_decoder(&with_members(alone)).unwrap();
        for (alone, parts) in [
            (
                0.626,
                [
                    "0.626 (mean), 0.068 below it",
                    "lowers it by 0.012, to 0.614",
                ],
            ),
            (
                0.600,
                [
                    "0.600 (mean), 0.094 below it",
                    "raises it by 0.014, to 0.614",
                ],
            ),
            (
                0.614,
                ["0.614 (mean), 0.080 below it", "changes nothing, to 0.614"],
            ),
            (
                0.700,
                ["0.700 (mean), 0.006 above it", "lowers it by 0.086"],
            ),
        ] {
            let words = said(Some(alone));
            assert!(parts.iter().all(|part| words.contains(part)), "{words}");
        }
        let words = said(None);
        assert!(words.contains("which were not all scored alone"), "{words}");
        assert!(!words.contains("lost to noise"), "{words}");
        let mut one = with_members(None);
        one.members.truncate(1);
        let words = of_decoder(&one).unwrap();
        assert!(words.contains("What the result lacks beside it is lost to noise."));
    }

    #[test]
    fn a_search_that_was_cut_short_found_no_ceiling() {
        let (mut record, _) = example();
        let search = record
            .searches
            .iter_mut()
            .find(|row| row.condition == Condition::Ceiling)
            .unwrap();
        (search.n_stalled, search.fall) = (search.n_images, Some(0.0));
        assert_eq!(scores(&record).columns[6], "generator's ceiling");
        assert!(caption(&record).contains("Generator's ceiling: what a search"));
        let search = record
            .searches
            .iter_mut()
            .find(|row| row.condition == Condition::Ceiling)
            .unwrap();
        (search.n_stalled, search.fall) = (0, Some(0.1));
        assert_eq!(scores(&record).columns[6], "best found in the generator");
        assert!(caption(&record).contains("ended while that loss still fell"));
    }

    #[test]
    fn estimates_of_noise_ceilings_are_held_against_what_is_known() {
        let (record, _) = example();
        let said = |medians: &[f64]| {
            let mut rows = record.noise_ceilings.clone();
            let mut known = rows[1].clone();
            known.source = CeilingSource::Known;
            known.responsive.as_mut().unwrap().median = medians[0];
            rows[1].responsive.as_mut().unwrap().median = medians[1];
            let mut other = [known.clone(), rows[1].clone()];
            for (row, median) in other.iter_mut().zip(&medians[2..]) {
                row.subject = "other".into();
                row.responsive.as_mut().unwrap().median = *median;
            }
            let mut all = vec![known, rows[1].clone()];
            all.extend(other);
            noise_compared(&all)
        };
        assert!(
            said(&[0.6, 0.65, 0.6, 0.7]).contains("0.600–0.600 known, 0.650–0.700 from repeats")
        );
        assert!(said(&[0.6, 0.65, 0.6, 0.7]).contains("lie above the truth"));
        assert!(said(&[0.6, 0.5, 0.6, 0.4]).contains("lie below the truth"));
        assert!(said(&[0.6, 0.5, 0.6, 0.7]).contains("on both sides"));
        assert!(said(&[0.6, 0.5, 0.6, 0.7]).contains("are not shown to be responsive"));
        let measured: Vec<_> = record.noise_ceilings[1..2].to_vec();
        assert!(!noise_compared(&measured).contains("known"));
        assert_eq!(noise_compared(&[]), "");
    }

    #[test]
    fn estimated_medians_have_the_middle_voxels_interval() {
        let (record, _) = example();
        let rows = noise(&record).rows;
        assert_eq!(rows[0][5], "0.310");
        assert_eq!(rows[1][5], "0.320 (0.12–0.49)");
        assert_eq!(rows[1][9], "0.720 (0.62–0.78)");
        assert_eq!(
            (rows[2][1].as_str(), rows[2][9].as_str()),
            ("split half", "0.700")
        );
    }
}
