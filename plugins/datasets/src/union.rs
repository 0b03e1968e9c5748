//! Several datasets as one corpus.

use std::path::PathBuf;
use std::sync::Arc;

use lab_core::config::Declared;
use lab_core::demand::Demand;
use lab_core::prelude::*;
use lab_core::recording::{ImageSource, Labels, Whole, check_image_idx};
use lab_core::traits::Dataset;
use serde::{Deserialize, Serialize};

/// Parameters of `union`.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields, default)]
pub struct UnionParams {
    /// What is put together, in this order.
    pub parts: Vec<PluginRef<dyn Dataset>>,
}

impl PluginParams for UnionParams {
    const DECLARED: Declared = Declared::new(&[include_str!("union.rs")], &[]);
}

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
    fn demand(&self) -> Demand {
        let parts = self.parts.iter().map(|part| part.demand());
        parts.fold(Demand::NONE, Demand::and)
    }

    fn n_images(&self) -> Option<f64> {
        self.parts.iter().map(|part| part.n_images()).sum()
    }

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
        let mut split = Vec::new();
        for part in &parts {
            if part.stimuli.shape() != shape {
                return Err(Error::Data {
                    what: format!("union, part '{}'", part.name),
                    expected: format!("images of {shape}, as '{}' has", parts[0].name),
                    got: part.stimuli.shape().to_string(),
                    remedy: "give all parts the same size".into(),
                });
            }
            split.extend_from_slice(&part.stimuli.split);
        }
        let mut notes = Vec::new();
        for part in &parts {
            notes.extend(part.notes.iter().cloned());
        }
        let names: Vec<&str> = parts.iter().map(|part| part.name.as_str()).collect();
        let stimuli = Stimuli {
            images: Arc::new(Joined::of(shape, &parts)),
            split,
            names: None,
            labels: labels(&parts),
            picture_of: pictures(&parts),
            field_of_view_deg: parts[0].stimuli.field_of_view_deg,
        };
        let mut recording = Recording::corpus(names.join(" and "), stimuli);
        recording.notes = notes;
        Ok(recording)
    }
}

/// Images of all parts, which stay where they are: a million of them costs no memory.
struct Joined {
    shape: ImageShape,
    /// Each part, with the place of its first image.
    parts: Vec<(usize, Arc<dyn ImageSource>)>,
    n_images: usize,
}

impl Joined {
    fn of(shape: ImageShape, parts: &[Recording]) -> Self {
        let mut n_images = 0;
        let place = |part: &Recording| {
            let first = n_images;
            n_images += part.stimuli.n_images();
            (first, part.stimuli.images.clone())
        };
        Self {
            shape,
            parts: parts.iter().map(place).collect(),
            n_images,
        }
    }
}

impl ImageSource for Joined {
    fn wholes(&self) -> Vec<&Whole> {
        let all = self.parts.iter().map(|(_, images)| images.wholes());
        all.flatten().collect()
    }

    fn n_images(&self) -> usize {
        self.n_images
    }

    fn shape(&self) -> ImageShape {
        self.shape
    }

    /// Each part is asked once for its images.
    fn read(&self, image_idx: &[usize]) -> Result<Vec<f32>> {
        check_image_idx(image_idx, self.n_images)?;
        let n_pixels = self.shape.n_pixels();
        let mut pixels = vec![0.0; image_idx.len() * n_pixels];
        for (first, images) in &self.parts {
            let own = *first..first + images.n_images();
            let wanted = || (0..image_idx.len()).filter(|&at| own.contains(&image_idx[at]));
            let idx: Vec<usize> = wanted().map(|at| image_idx[at] - first).collect();
            let read = images.read(&idx)?;
            for (at, image) in wanted().zip(read.chunks_exact(n_pixels)) {
                pixels[at * n_pixels..][..n_pixels].copy_from_slice(image);
            }
        }
        Ok(pixels)
    }
}

/// The pictures that images were cut from, if those of some part were.
fn pictures(parts: &[Recording]) -> Option<Vec<u32>> {
    let mut some = parts.iter().map(|part| &part.stimuli.picture_of);
    if some.all(Option::is_none) {
        return None;
    }
    let of = |part: &Recording| match &part.stimuli.picture_of {
        Some(pictures) => pictures.clone(),
        None => vec![Stimuli::NO_PICTURE; part.stimuli.n_images()],
    };
    Some(parts.iter().flat_map(of).collect())
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
        let of = |&class: &u32| {
            let place = places.get(class as usize);
            place.map_or(Labels::NONE, |&place| place as u32)
        };
        merged.of.extend(labels.of.iter().map(of));
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
