//! Layers and groups by their order.

use super::groups::{Group, Role};
use super::{Bias, Kind, Wanted};

/// First words whose order is tried: 24 orders.
const MOST_BLOCKS: usize = 4;

/// The group of each layer, as far as one fits.
pub(super) fn by_order(
    wanted: &[Wanted],
    groups: &[Group<'_>],
    is_ordered: bool,
) -> Vec<Option<usize>> {
    let all: Vec<usize> = (0..groups.len()).collect();
    let plain = in_turn(wanted, groups, &all);
    if is_whole(&plain, groups) {
        return plain;
    }
    if is_ordered {
        let by_shape = out_of_turn(wanted, groups);
        return if is_whole(&by_shape, groups) {
            by_shape
        } else {
            plain
        };
    }
    let mut fitting = orders(&blocks(groups))
        .into_iter()
        .map(|order| in_turn(wanted, groups, &order))
        .filter(|pairs| is_whole(pairs, groups));
    match (fitting.next(), fitting.next()) {
        (Some(only), None) => only,
        _ => plain,
    }
}

/// Each layer takes the next group of `order` that fits.
fn in_turn(wanted: &[Wanted], groups: &[Group<'_>], order: &[usize]) -> Vec<Option<usize>> {
    let mut rest = order;
    let take = |layer: &Wanted| {
        let at = rest.iter().position(|&place| fits(layer, &groups[place]))?;
        let place = rest[at];
        rest = &rest[at + 1..];
        Some(place)
    };
    wanted.iter().map(take).collect()
}

/// Each layer takes the first group that fits and is not taken: a module may compute first what it declares last.
fn out_of_turn(wanted: &[Wanted], groups: &[Group<'_>]) -> Vec<Option<usize>> {
    let mut rest: Vec<usize> = (0..groups.len()).collect();
    let take = |layer: &Wanted| {
        let fitting = |&place: &usize| {
            let group = &groups[place];
            fits(layer, group) && has_bias_of(layer, group)
        };
        let at = rest.iter().position(fitting)?;
        Some(rest.remove(at))
    };
    wanted.iter().map(take).collect()
}

/// Whether a group has a bias, or a batch norm its scale, exactly if the layer does.
fn has_bias_of(layer: &Wanted, group: &Group<'_>) -> bool {
    let role = match layer.kind {
        Kind::Weighted => Role::Bias,
        Kind::Norm => Role::Scale,
    };
    match layer.bias {
        Bias::Required => group.shape(role).is_some(),
        Bias::Absent => group.shape(role).is_none(),
        Bias::Optional => true,
    }
}

fn is_whole(pairs: &[Option<usize>], groups: &[Group<'_>]) -> bool {
    pairs.len() == groups.len() && pairs.iter().all(Option::is_some)
}

/// Places of groups with the same first word.
fn blocks(groups: &[Group<'_>]) -> Vec<Vec<usize>> {
    let mut blocks: Vec<(&str, Vec<usize>)> = Vec::new();
    for (place, group) in groups.iter().enumerate() {
        let word = group.first_word();
        match blocks.iter_mut().find(|(known, _)| *known == word) {
            Some((_, places)) => places.push(place),
            None => blocks.push((word, vec![place])),
        }
    }
    blocks.into_iter().map(|(_, places)| places).collect()
}

/// Every order of the blocks, if they are few.
fn orders(blocks: &[Vec<usize>]) -> Vec<Vec<usize>> {
    if blocks.is_empty() || blocks.len() > MOST_BLOCKS {
        return Vec::new();
    }
    if let [only] = blocks {
        return vec![only.clone()];
    }
    let begin_with = |first: usize| {
        let mut others = blocks.to_vec();
        let first = others.remove(first);
        let rest = orders(&others).into_iter();
        rest.map(move |rest| [first.clone(), rest].concat())
    };
    (0..blocks.len()).flat_map(begin_with).collect()
}

/// Whether a group has the kind of a layer and one of its shapes.
fn fits(layer: &Wanted, group: &Group<'_>) -> bool {
    let role = match layer.kind {
        Kind::Weighted => Role::Weight,
        Kind::Norm => Role::Mean,
    };
    group
        .shape(role)
        .is_some_and(|shape| layer.shapes.iter().any(|wanted| wanted == shape))
}
