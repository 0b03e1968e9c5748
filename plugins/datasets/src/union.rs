//! Several datasets as one corpus.

use std::path::PathBuf;
use std::sync::Arc;

use lab_core::prelude::*;
use lab_core::recording::{BlankImages, ImageSource, Labels, MemoryImages};
use lab_core::traits::Dataset;
use serde::{Deserialize, Serialize};

/// Parameters of `union`.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct UnionParams {
    /// What is put together, in this order.
    pub parts: Vec<PluginRef<dyn Dataset>>,
}

impl PluginParams for UnionParams {}

/// The dataset: images of all parts, each keeping its set; classes of the same name become one.
///
/// Without labels in some part, the whole has none. Responses are left out.
pub struct Union {
    parts: Vec<Box<dyn Dataset>>,
}

impl Union {
    /// Builds the datasets that are joined.
    ///
    /// # Errors
    /// [`Error::Data`] if there are none, or as a part's own `build`.
    pub fn build(params: UnionParams, ctx: &Context) -> Result<Self> {
        if params.parts.is_empty() {
            return Err(Error::Data {
                what: "union, parts".into(),
                expected: "at least one dataset".into(),
                got: "none".into(),
                remedy: "name some, as in union(parts: [training_stimuli(), letters()])".into(),
            });
        }
        Ok(Self {
            parts: params
                .parts
                .iter()
                .map(|part| part.build(ctx))
                .collect::<Result<_>>()?,
        })
    }
}

impl Dataset for Union {
    fn files(&self) -> Vec<PathBuf> {
        self.parts.iter().flat_map(|part| part.files()).collect()
    }

    fn reads_headers(&self) -> bool {
        self.parts.iter().all(|part| part.reads_headers())
    }

    fn load(&self, ctx: &Context) -> Result<Recording> {
        let loaded = self
            .parts
            .iter()
            .enumerate()
            .map(|(idx, part)| part.load(&ctx.child(&format!("part {idx}"))));
        let parts: Vec<Recording> = loaded.collect::<Result<_>>()?;
        let shape = parts[0].stimuli.shape();
        let (mut pixels, mut split) = (Vec::new(), Vec::new());
        for part in &parts {
            if part.stimuli.shape() != shape {
                return Err(Error::Data {
                    what: format!("union, part '{}'", part.name),
                    expected: format!("images of {shape}, as '{}' has", parts[0].name),
                    got: part.stimuli.shape().to_string(),
                    remedy: "give all parts the same size".into(),
                });
            }
            if !ctx.headers_only() {
                let all: Vec<usize> = (0..part.stimuli.n_images()).collect();
                pixels.extend(part.stimuli.images.read(&all)?);
            }
            split.extend_from_slice(&part.stimuli.split);
        }
        let names: Vec<&str> = parts.iter().map(|part| part.name.as_str()).collect();
        let images: Arc<dyn ImageSource> = if ctx.headers_only() {
            let n_images = split.len();
            Arc::new(BlankImages { n_images, shape })
        } else {
            Arc::new(MemoryImages::new(shape, pixels)?)
        };
        let stimuli = Stimuli {
            images,
            split,
            names: None,
            labels: labels(&parts),
            field_of_view_deg: parts[0].stimuli.field_of_view_deg,
        };
        Ok(Recording::corpus(names.join(" and "), stimuli))
    }
}

/// Classes of all parts, in the order of their first appearance.
fn labels(parts: &[Recording]) -> Option<Labels> {
    let mut merged = Labels::default();
    for part in parts {
        let labels = part.stimuli.labels.as_ref()?;
        let place = |name: &String| {
            merged
                .names
                .iter()
                .position(|known| known == name)
                .unwrap_or_else(|| {
                    merged.names.push(name.clone());
                    merged.names.len() - 1
                })
        };
        let places: Vec<usize> = labels.names.iter().map(place).collect();
        merged
            .of
            .extend(labels.of.iter().map(|&class| places[class as usize] as u32));
    }
    Some(merged)
}

lab_core::register! {
    Dataset "union" => Union, UnionParams;
    summary: "Images of several datasets together, as a corpus; classes of the same name become one",
    equation: "parts one after another",
    source: "set union; nothing is computed",
    parity: "by construction",
}
