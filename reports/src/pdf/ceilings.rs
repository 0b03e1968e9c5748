//! How good could this have been: what stands above the result, in one place.

use super::numbers::{DASH, percent, three};
use super::scores::{Table, independent_observers};
use lab_score::record::{
    CeilingSource, Condition, Direction, NoiseCeilingRow, NoiselessRow, NoiselessSource, Record,
    ScoreRow, Statistic,
};

/// What a row asks, by which observer.
type Asked = (&'static str, Statistic, String, Direction);

/// The scores that have a place in the table.
fn asked(record: &Record) -> Vec<Asked> {
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
        Some(vec![
            what.to_owned(),
            observer.clone(),
            result.chance.map_or(DASH.into(), percent),
            figure(result),
            of(&Condition::DecoderCeiling).map_or(DASH.into(), certain),
            certain(ceiling),
            way(result, ceiling, of(&Condition::MeanImage)).map_or(DASH.into(), percent),
            of(&Condition::Originals).map_or(DASH.into(), figure),
        ])
    };
    let columns = [
        "score",
        "by",
        "guessing",
        "result",
        "decoder's ceiling",
        "generator's ceiling",
        "share of the way",
        "originals",
    ];
    Table {
        columns: columns.map(String::from).to_vec(),
        rows: asked(record).into_iter().filter_map(row).collect(),
    }
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
    if row.statistic.is_share() {
        percent(row.value)
    } else {
        three(row.value)
    }
}

/// How far the result stands on the way to the ceiling from what takes no response: guessing, or the similarity of the mean
/// training image; from 0 where neither is known.
fn way(result: &ScoreRow, ceiling: &ScoreRow, mean_image: Option<&ScoreRow>) -> Option<f64> {
    let blind = mean_image.map(|row| row.value);
    let from = result.chance.or(blind).unwrap_or(0.0);
    (ceiling.value > from).then(|| (result.value - from) / (ceiling.value - from))
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
        NoiselessSource::Known => format!(
            "What it lacks is lost in the decoder, the losses and the generator; {}",
            beside(record)
        ),
        NoiselessSource::EncodingModel => {
            "It bounds what this decoder could make of what this model knows of the brain, and not of the brain itself: voxels may \
             say less, in noise that repeats do not average out, or more."
                .to_owned()
        }
    };
    Some(format!(
        "Decoder's ceiling: the experiment's own alignment and one member of its decoder, fitted and asked on {of_what}. {bounds} \
         In brackets: interval over the test images, by which a result may pass a ceiling."
    ))
}

/// What stands between the decoder's ceiling, which is one member, and the result, which may be several combined.
fn beside(record: &Record) -> String {
    let correlation = |condition: &Condition| {
        let of_pixels = Statistic::Similarity;
        record.score(condition, of_pixels, "pixel", Direction::None)
    };
    let alone: Vec<f64> = (0..)
        .map_while(|member| correlation(&Condition::Member(member)))
        .map(|row| row.value)
        .collect();
    let n_members = record.members.len();
    let (true, Some(combined)) = (n_members > 1, correlation(&record.result())) else {
        return "what the result lacks beside it is lost to noise.".into();
    };
    if alone.is_empty() {
        return format!(
            "the result is {n_members} members combined, so that what it lacks beside it is lost to noise, less or more what \
             combining does."
        );
    }
    let mean = alone.iter().sum::<f64>() / alone.len() as f64;
    let change = combined.value - mean;
    let effect = match three(change.abs()).as_str() {
        "0.000" => "which changes nothing".to_owned(),
        size if change > 0.0 => format!("which gains {size}"),
        size => format!("which costs {size}"),
    };
    format!(
        "what single members of the result lack beside it is lost to noise (pixel correlation {} on average over {}). The result is \
         {n_members} members combined, {effect}.",
        three(mean),
        alone.len()
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

fn with_interval(value: f64, interval: Option<(f64, f64)>) -> String {
    match interval {
        Some((low, high)) => format!("{} ({low:.2}–{high:.2})", three(value)),
        None => three(value),
    }
}

#[cfg(test)]
mod tests {
    use super::{noise, of_decoder, scores};
    use crate::example::example;
    use lab_score::record::{Condition, Direction, NoiselessSource, Record, ScoreRow, Statistic};

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
        assert_ne!(classes[7], "–");
        for row in &table.rows {
            let number = |cell: &str| {
                let figure = cell.split(" (").next().unwrap_or_default();
                figure
                    .trim_end_matches(" %")
                    .replace('−', "-")
                    .parse::<f64>()
            };
            let similarity = Statistic::Similarity;
            let mean_image =
                record.score(&Condition::MeanImage, similarity, &row[1], Direction::None);
            let blind = mean_image
                .filter(|_| row[0] == "similarity")
                .map(|row| row.value);
            let from = number(&row[2]).ok().or(blind).unwrap_or(0.0);
            assert!(number(&row[4]).is_ok() && row[4].ends_with(')'), "{row:?}");
            let way = (number(&row[3]).unwrap() - from) / (number(&row[5]).unwrap() - from);
            assert!(
                (100.0 * way - number(&row[6]).unwrap()).abs() < 0.5,
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
        assert!(words.contains("is lost to noise"), "{words}");
        assert!(!words.contains("encoding"), "{words}");
        combined_and_alone(record.clone());
        record.decoder_ceiling = None;
        assert_eq!(of_decoder(&record), None);
        let without_noise =
            |row: &lab_score::record::ScoreRow| row.condition == Condition::DecoderCeiling;
        record.scores.retain(|row| !without_noise(row));
        assert!(scores(&record).rows.iter().all(|row| row[4] == "–"));
    }

    /// One member is held against one member, and what combining does is said apart.
    fn combined_and_alone(mut record: Record) {
        let of = |record: &Record, condition: &Condition| {
            let of_pixels = Statistic::Similarity;
            let row = record.score(condition, of_pixels, "pixel", Direction::None);
            row.cloned()
        };
        let result = of(&record, &record.result()).unwrap();
        let is_member = |row: &ScoreRow| matches!(row.condition, Condition::Member(_));
        record.scores.retain(|row| !is_member(row));
        assert!(record.members.len() > 1);
        assert!(
            of_decoder(&record)
                .unwrap()
                .contains("less or more what combining does")
        );
        for (above, said) in [
            (0.02, "which costs 0.020"),
            (-0.02, "which gains 0.020"),
            (0.0, "which changes nothing"),
        ] {
            let mut record = record.clone();
            for member in 0..2 {
                record.scores.push(ScoreRow {
                    condition: Condition::Member(member),
                    value: result.value + above,
                    ..result.clone()
                });
            }
            let words = of_decoder(&record).unwrap();
            assert!(
                words.contains(said) && words.contains("single members"),
                "{words}"
            );
        }
        record.members.truncate(1);
        let words = of_decoder(&record).unwrap();
        assert!(
            words.contains("what the result lacks beside it is lost to noise"),
            "{words}"
        );
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
