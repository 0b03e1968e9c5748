//! Views into the result that the record holds beside its scores.

use lab_core::config::Evaluation;
use lab_score::Rows;
use lab_score::information::{ranks as ranks_of, rings as rings_of};
use lab_score::record::{
    CentreLessEdge, Condition, Direction, PatternRow, PrevalenceRow, RankRow, RingRow, ScoreRow,
    Statistic,
};
use lab_score::study::ALPHA;
use lab_score::study::prevalence::prevalence as prevalence_of;

use crate::Result;
use crate::made::Made;
use crate::scoring::rows;
use crate::session::Session;
use crate::stages::regions::regions;

fn asked(session: &Session<'_>, part: Evaluation) -> bool {
    session.plan.experiment.evaluate.contains(&part)
}

/// What the evaluation was asked for and could not look at, a sentence each.
pub(crate) fn left_out(session: &Session<'_>, made: &Made) -> Vec<String> {
    let experiment = &session.plan.experiment;
    let has = |need: Need| match need {
        Need::Classes => made.data.recording.stimuli.labels.is_some(),
        Need::FlexibleDecoder => experiment.overfit.is_some(),
        Need::Latents => made.decoded.combined.latents.is_some(),
        Need::SeveralRegions => !regions(&made.data).is_empty(),
        Need::SeveralMembers => experiment.ensemble.members > 1,
    };
    let mut sentences = without(&experiment.evaluate, has);
    let ceiling = made.views.decoder_ceiling.iter();
    sentences.extend(ceiling.filter_map(|of| of.facts.clone().err()));
    sentences
}

/// What a part of the evaluation needs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Need {
    Classes,
    FlexibleDecoder,
    Latents,
    SeveralRegions,
    SeveralMembers,
}

/// A sentence for each part that is asked for and lacks what it needs.
fn without(asked: &[Evaluation], has: impl Fn(Need) -> bool) -> Vec<String> {
    let all = [
        (
            Evaluation::Classes,
            Need::Classes,
            "Classes are not judged: the dataset names none.",
        ),
        (
            Evaluation::Overfit,
            Need::FlexibleDecoder,
            "There is no overfit check: the experiment names no flexible decoder (overfit).",
        ),
        (
            Evaluation::Information,
            Need::Latents,
            "There are no bottlenecks: the decoder predicts images, and no latents that could pass through one.",
        ),
        (
            Evaluation::Regions,
            Need::Latents,
            "There are no patterns of voxels: the decoder predicts images, and no latents.",
        ),
        (
            Evaluation::Regions,
            Need::SeveralRegions,
            "No region is decoded alone: there are no two regions in which every subject has voxels.",
        ),
        (
            Evaluation::Variability,
            Need::SeveralMembers,
            "Nothing is said of variability over members: there is one.",
        ),
    ];
    let missing = all.into_iter();
    let missing = missing.filter(|(part, need, _)| asked.contains(part) && !has(*need));
    missing.map(|(.., sentence)| sentence.to_owned()).collect()
}

/// How many directions the test images, and the images of every condition that is compared in full, fill.
pub(crate) fn ranks(session: &Session<'_>, made: &Made) -> Result<Vec<RankRow>> {
    if !asked(session, Evaluation::Information) {
        return Ok(Vec::new());
    }
    let originals = std::iter::once((Condition::Originals, &made.data.test_images));
    let compared = made.conditions.iter().filter(|images| images.thorough);
    let all = originals.chain(compared.map(|of| (of.condition.clone(), &of.images)));
    let all: Vec<(Condition, Rows)> = all
        .map(|(condition, images)| Ok((condition, rows(images)?)))
        .collect::<Result<_>>()?;
    let of_all = all
        .iter()
        .map(|(condition, rows)| (condition.clone(), rows));
    Ok(ranks_of(of_all)?)
}

/// The patterns of every subject, by region.
pub(crate) fn patterns(made: &Made) -> Vec<PatternRow> {
    let subjects = made.views.patterns.iter();
    subjects.flat_map(|of| of.rows.clone()).collect()
}

/// How well the result's pixels are right at each distance from the centre.
pub(crate) fn rings(
    session: &Session<'_>,
    made: &Made,
) -> Result<(Vec<RingRow>, Option<CentreLessEdge>)> {
    if !asked(session, Evaluation::Regions) {
        return Ok((Vec::new(), None));
    }
    let experiment = &session.plan.experiment;
    let shape = made.data.recording.stimuli.shape();
    let images = (
        rows(&made.data.test_images.narrow(1, 0, 1)?)?,
        rows(&made.decoded.combined.images.narrow(1, 0, 1)?)?,
    );
    Ok(rings_of(
        (&images.0, &images.1),
        (shape.height, shape.width),
        experiment.scores.confidence,
        experiment.seed,
    ))
}

/// What share of people would show what single subjects do: each by its own test of pairs by pixels.
pub(crate) fn prevalence(session: &Session<'_>, made: &Made) -> Option<PrevalenceRow> {
    let of_subject = |row: &&ScoreRow| {
        matches!(row.condition, Condition::SubjectDecoder(_))
            && row.statistic == Statistic::PairwiseIdentification
            && row.direction == Direction::OriginalToReconstructions
            && row.observer == "pixel"
    };
    let rows = made.scored.scores.iter().filter(of_subject);
    let p: Option<Vec<f64>> = rows.map(|row| row.p_permutation).collect();
    let p = p.filter(|p| !p.is_empty())?;
    let n_significant = p.iter().filter(|p| **p < ALPHA).count();
    let confidence = session.plan.experiment.scores.confidence;
    prevalence_of(n_significant, p.len(), ALPHA, confidence).map(PrevalenceRow::from)
}

#[cfg(test)]
mod tests {
    use lab_core::config::Evaluation;

    use super::{Need, without};

    #[test]
    fn what_cannot_be_looked_at_is_said_and_nothing_else() {
        assert!(without(&Evaluation::all(), |_| true).is_empty());
        assert!(without(&[Evaluation::Identification], |_| false).is_empty());
        assert_eq!(without(&Evaluation::all(), |_| false).len(), 6);
        for (part, lacking, words) in [
            (Evaluation::Classes, Need::Classes, "names none"),
            (
                Evaluation::Overfit,
                Need::FlexibleDecoder,
                "no flexible decoder",
            ),
            (Evaluation::Information, Need::Latents, "no bottlenecks"),
            (Evaluation::Regions, Need::Latents, "no patterns"),
            (Evaluation::Regions, Need::SeveralRegions, "no two regions"),
            (
                Evaluation::Variability,
                Need::SeveralMembers,
                "there is one",
            ),
        ] {
            let said = without(&[part], |need| need != lacking);
            assert!(said.len() == 1 && said[0].contains(words), "{said:?}");
        }
    }
}
