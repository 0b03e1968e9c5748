//! Everything a run made, for its record, its pictures and its folder.

use lab_core::objective::Objective;
use lab_score::Scored;

use crate::stages::align::Aligned;
use crate::stages::decode::Decoded;
use crate::stages::images::Images;
use crate::stages::load::Data;
use crate::stages::networks::Networks;
use crate::stages::overfit::Overfit;
use crate::stages::tune::Choice;
use crate::stages::views::Views;
use crate::store::Stage;

/// Everything that a run made, in memory, before it is stored.
pub(crate) struct Made {
    pub(crate) data: Data,
    pub(crate) choice: Option<Choice>,
    pub(crate) aligned: Aligned,
    pub(crate) networks: Networks,
    pub(crate) objective: Objective,
    pub(crate) decoded: Decoded,
    pub(crate) views: Views,
    pub(crate) conditions: Vec<Images>,
    pub(crate) overfit: Option<Overfit>,
    pub(crate) scored: Scored,
}

/// Every stage of the store that the run has used, with the name that the manifest gives it.
pub(crate) fn stages(made: &Made) -> Vec<(String, &Stage)> {
    let mut all = vec![
        ("align".to_owned(), &made.aligned.stage),
        ("generator".to_owned(), &made.networks.generator.stage),
    ];
    all.extend(
        made.networks
            .features
            .iter()
            .map(|net| (format!("features {}", net.name), &net.stage)),
    );
    all.extend(
        made.networks
            .observers
            .iter()
            .map(|net| (format!("observer {}", net.name), &net.stage)),
    );
    all.extend(
        made.decoded
            .stages
            .iter()
            .enumerate()
            .map(|(pass, stage)| (format!("decode pass {pass}"), stage)),
    );
    let conditions = made
        .conditions
        .iter()
        .filter_map(|images| Some((images.condition.name(), images.stage.as_ref()?)));
    all.extend(conditions);
    let alignments = made.conditions.iter().filter_map(|images| {
        let name = format!("align {}", images.condition.name());
        Some((name, images.alignment.as_ref()?))
    });
    all.extend(alignments);
    let fits = made
        .choice
        .iter()
        .flat_map(|choice| choice.stages.iter().enumerate());
    all.extend(fits.map(|(place, stage)| (format!("tune {place}"), stage)));
    all.extend(
        made.overfit
            .iter()
            .map(|overfit| ("overfit".to_owned(), &overfit.stage)),
    );
    all
}
