//! What the host lends to `run`: the corpus, the objective, streams, events and checkpoints, as a table of functions.

mod answer;
mod calls;
mod evaluate;

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use super::abi::{self, Str};
use lab_core::context::Context;
use lab_core::dims::ImageShape;
use lab_core::events::Curve;
use lab_core::objective::Objective;
use lab_core::recording::{Split, Stimuli};
use lab_core::traits::{Constraint, LatentSpace, Prior};

/// Everything behind a `lab_host`. It owns what it shows, and stays where it is: the table points into it.
pub(super) struct HostState {
    ctx: Context,
    corpus: Option<Stimuli>,
    objective: Option<Objective>,
    /// Learning curves by member.
    curves: Mutex<BTreeMap<u32, Vec<Curve>>>,
    shown: Shown,
    table: abi::Host,
}

/// Arrays that the structs of the interface point to.
#[derive(Default)]
struct Shown {
    path: String,
    split: Vec<u8>,
    labels: Option<Vec<i64>>,
    class_names: Vec<String>,
    class_texts: Vec<Str>,
    term_names: Vec<String>,
    term_texts: Vec<Str>,
    term_weights: Vec<f64>,
    corpus: Option<abi::Corpus>,
    objective: Option<abi::Objective>,
}

impl HostState {
    /// Lends a context, and what else there is.
    pub(super) fn new(
        ctx: &Context,
        corpus: Option<&Stimuli>,
        objective: Option<&Objective>,
    ) -> Box<Self> {
        let mut state = Box::new(Self {
            ctx: ctx.clone(),
            corpus: corpus.cloned(),
            objective: objective.cloned(),
            curves: Mutex::default(),
            shown: Shown::new(ctx, corpus, objective),
            table: calls::table(),
        });
        state.shown.point();
        let pointer = std::ptr::from_ref::<Self>(&state);
        let shown = &state.shown;
        let table = abi::Host {
            ctx: pointer.cast_mut().cast(),
            seed: ctx.seed(),
            path: Str::new(&shown.path),
            corpus: shown
                .corpus
                .as_ref()
                .map_or(std::ptr::null(), std::ptr::from_ref),
            objective: shown
                .objective
                .as_ref()
                .map_or(std::ptr::null(), std::ptr::from_ref),
            ..state.table
        };
        state.table = table;
        state
    }

    /// The table to hand over; it lives as long as `self`.
    pub(super) fn table(&self) -> *const abi::Host {
        &raw const self.table
    }

    /// Learning curves that the plugin drew for a member.
    pub(super) fn curves(&self, member: u32) -> Vec<Curve> {
        let curves = self.curves.lock().unwrap_or_else(PoisonError::into_inner);
        curves.get(&member).cloned().unwrap_or_default()
    }
}

impl Shown {
    fn new(ctx: &Context, corpus: Option<&Stimuli>, objective: Option<&Objective>) -> Self {
        let mut shown = Self {
            path: ctx.path().to_owned(),
            ..Self::default()
        };
        if let Some(stimuli) = corpus {
            shown.split = stimuli
                .split
                .iter()
                .map(|&split| u8::from(split == Split::Test))
                .collect();
            // Libraries know classes of all images or of none.
            let labels = stimuli.labels.as_ref();
            if let Some(labels) = labels.filter(|labels| labels.n_unlabelled() == 0) {
                shown.labels = Some(labels.of.iter().map(|&class| i64::from(class)).collect());
                shown.class_names.clone_from(&labels.names);
            }
            shown.corpus = Some(abi::Corpus {
                n_images: stimuli.n_images() as u64,
                image: image(stimuli.shape()),
                split: std::ptr::null(),
                label: std::ptr::null(),
                n_classes: shown.class_names.len() as u64,
                class_names: std::ptr::null(),
                field_of_view_deg: stimuli.field_of_view_deg.unwrap_or(f64::NAN),
            });
        }
        if let Some(objective) = objective {
            for term in objective.terms() {
                shown.term_names.push(term.name.clone());
                shown.term_weights.push(term.weight);
            }
            shown.objective = Some(abi::Objective {
                latents: latents(objective.latent_space()),
                image: image(objective.generator().image_shape()),
                n_targets: objective.n_targets() as u64,
                n_terms: shown.term_names.len() as u64,
                term_names: std::ptr::null(),
                term_weights: std::ptr::null(),
            });
        }
        shown
    }

    /// Fills in the addresses, once nothing moves any more.
    fn point(&mut self) {
        let texts = |names: &[String]| names.iter().map(|name| Str::new(name)).collect();
        self.class_texts = texts(&self.class_names);
        self.term_texts = texts(&self.term_names);
        if let Some(corpus) = &mut self.corpus {
            corpus.split = self.split.as_ptr();
            corpus.label = self.labels.as_ref().map_or(std::ptr::null(), Vec::as_ptr);
            corpus.class_names = self.class_texts.as_ptr();
        }
        if let Some(objective) = &mut self.objective {
            objective.term_names = self.term_texts.as_ptr();
            objective.term_weights = self.term_weights.as_ptr();
        }
    }
}

fn image(shape: ImageShape) -> abi::Image {
    abi::Image {
        channels: shape.channels as u32,
        height: shape.height as u32,
        width: shape.width as u32,
        reserved: 0,
    }
}

fn latents(space: LatentSpace) -> abi::Latents {
    abi::Latents {
        n_latents: space.n_latents as u32,
        prior: match space.prior {
            Prior::UniformCube => 0,
            Prior::Normal => 1,
        },
        constraint: match space.constraint {
            Constraint::None => 0,
            Constraint::UnitSphere => 1,
        },
        reserved: 0,
    }
}
