//! Walks along the edges of a graph, which balance what happens at each of its nodes.
//!
//! A walk that starts at a node with an odd number of edges, and goes on until it is stuck, ends at another such node.
//! When none is left, every further walk closes. So each node is the end of at most one open walk.

use std::collections::BTreeMap;

use lab_core::rng::Stream;
use rand::Rng;
use rand::seq::SliceRandom;

use super::pairs::Pair;

/// Cuts a graph into walks: each is a row of (edge, whether it is walked from its first node to its second).
fn walks(n_nodes: usize, edges: &[(usize, usize)], rng: &mut Stream) -> Vec<Vec<(usize, bool)>> {
    let mut at_node: Vec<Vec<usize>> = vec![Vec::new(); n_nodes];
    for (edge, &(a, b)) in edges.iter().enumerate() {
        at_node[a].push(edge);
        at_node[b].push(edge);
    }
    at_node.iter_mut().for_each(|edges| edges.shuffle(rng));
    let mut nodes: Vec<usize> = (0..n_nodes).collect();
    nodes.shuffle(rng);
    let mut n_left: Vec<usize> = at_node.iter().map(Vec::len).collect();
    let mut is_used = vec![false; edges.len()];
    let mut walks = Vec::new();
    // Nodes with an odd number of edges first; then each node until it has none left.
    for only_odd in [true, false] {
        for &start in &nodes {
            while n_left[start] > 0 && (!only_odd || n_left[start] % 2 == 1) {
                let mut walk = Vec::new();
                let mut node = start;
                while let Some(edge) = at_node[node].pop() {
                    if std::mem::replace(&mut is_used[edge], true) {
                        continue;
                    }
                    let (a, b) = edges[edge];
                    let is_forward = node == a;
                    n_left[a] -= 1;
                    n_left[b] -= 1;
                    node = if is_forward { b } else { a };
                    walk.push((edge, is_forward));
                }
                walks.push(walk);
            }
        }
    }
    walks
}

/// Turns pairs, so that each image is as often target as foil, ±1.
///
/// Where two images meet twice, each is target once: their foils differ as long as that is possible.
pub(super) fn turned(n_images: usize, pairs: Vec<Pair>, rng: &mut Stream) -> Vec<Pair> {
    let mut meetings: BTreeMap<(usize, usize), Vec<usize>> = BTreeMap::new();
    for (at, pair) in pairs.iter().enumerate() {
        meetings
            .entry((pair.a.min(pair.b), pair.a.max(pair.b)))
            .or_default()
            .push(at);
    }
    let mut turned: Vec<Pair> = pairs;
    let mut once: Vec<usize> = Vec::new();
    for (&(low, high), places) in &mut meetings {
        places.shuffle(rng);
        for two in places.chunks(2) {
            let [one, other] = *two else {
                once.extend(two);
                continue;
            };
            (turned[one].a, turned[one].b) = (low, high);
            (turned[other].a, turned[other].b) = (high, low);
        }
    }
    let edges: Vec<(usize, usize)> = once
        .iter()
        .map(|&at| (turned[at].a, turned[at].b))
        .collect();
    for walk in walks(n_images, &edges, rng) {
        let flip: bool = rng.random();
        for (edge, is_forward) in walk {
            if is_forward == flip {
                let pair = &mut turned[once[edge]];
                std::mem::swap(&mut pair.a, &mut pair.b);
            }
        }
    }
    turned
}

/// Two colours for the edges between `n_left` and `n_right` nodes, equally often at each node, ±1.
///
/// Colours alternate along a walk; between two sides, a closed walk has an even number of edges.
pub(super) fn two_colours(
    n_left: usize,
    n_right: usize,
    edges: &[(usize, usize)],
    rng: &mut Stream,
) -> Vec<bool> {
    let graph: Vec<(usize, usize)> = edges
        .iter()
        .map(|&(left, right)| (left, n_left + right))
        .collect();
    let mut colours = vec![false; edges.len()];
    for walk in walks(n_left + n_right, &graph, rng) {
        let mut colour: bool = rng.random();
        for (edge, _) in walk {
            colours[edge] = colour;
            colour = !colour;
        }
    }
    colours
}
