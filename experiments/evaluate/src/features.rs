//! Features by which pictures are compared: of networks of the user's, by file, and the energies of Gabor filters.
//!
//! A file of features is an `.npz` archive with the arrays `originals` and `reconstructions`, `[n_images, n_features]` each, or, for
//! several layers, `LAYER.originals` and `LAYER.reconstructions`. Further axes are taken as one. Rows stand in the order of the
//! pictures in their folder, as people count, or of the rows of their array.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use candle_core::Tensor;
use lab_core::config::PluginRef;
use lab_core::context::Context;
use lab_core::objective::cached_activations;
use lab_core::traits::FeatureNet;
use lab_formats::npz::Npz;
use lab_formats::{MAX_NAMED, file_error};
use lab_score::record::Condition;
use lab_score::{Observer, Rows};

use crate::read::Read;
use crate::request::Request;
use crate::{Error, Result};

/// Features of every set of pictures that has them.
pub(crate) struct Features {
    /// "NETWORK.LAYER": the name of the file and of the layer.
    pub(crate) name: String,
    originals: Rows,
    /// In the order of the originals.
    pub(crate) reconstructions: Rows,
    /// Of the baselines, where the network is at hand.
    pub(crate) baselines: BTreeMap<Condition, Rows>,
}

impl Features {
    pub(crate) fn observer(&self) -> Observer {
        Observer {
            name: self.name.clone(),
            // What somebody else's loss used is not known here, which the methods say.
            in_loss: false,
            originals: self.originals.clone(),
        }
    }
}

/// The features of every file, by file and layer.
pub(crate) fn read_features(request: &Request, read: &Read) -> Result<Vec<Features>> {
    let mut all = Vec::new();
    for path in &request.features {
        let archive = Npz::open(path)?;
        let net = path.file_stem().unwrap_or_default().to_string_lossy();
        for layer in layers(path, &archive)? {
            let rows = |of: &str, n_images| rows(path, &archive, &variable(&layer, of), n_images);
            let n_images = read.pairing.len();
            let of_originals = rows("originals", n_images)?;
            let unsorted = rows("reconstructions", n_images)?;
            if unsorted.n_columns != of_originals.n_columns {
                let expected = format!(
                    "rows of {} numbers, as of the originals",
                    of_originals.n_columns
                );
                let got = format!("rows of {}", unsorted.n_columns);
                let variable = variable(&layer, "reconstructions");
                let remedy = "take both from the same layer";
                return Err(file_error(path, &variable, expected, got, remedy).into());
            }
            let n_columns = unsorted.n_columns;
            let own = |&place: &usize| &unsorted.values[place * n_columns..(place + 1) * n_columns];
            let layer = if layer.is_empty() { "features" } else { &layer };
            all.push(Features {
                name: format!("{net}.{layer}"),
                originals: of_originals,
                reconstructions: Rows {
                    n_columns,
                    values: read.pairing.iter().flat_map(own).copied().collect(),
                },
                baselines: BTreeMap::new(),
            });
        }
    }
    Ok(all)
}

/// Names of the layers in an archive; an empty one for arrays without a layer.
fn layers(path: &Path, archive: &Npz) -> Result<Vec<String>> {
    let mut found: BTreeSet<String> = BTreeSet::new();
    for member in archive.members() {
        let name = member.name.as_str();
        let layer = ["originals", "reconstructions"].into_iter().find_map(|of| {
            let before = name.strip_suffix(of)?;
            before.strip_suffix('.').or(before.is_empty().then_some(""))
        });
        found.extend(layer.map(str::to_owned));
    }
    if found.is_empty() {
        let names: Vec<&str> = archive
            .members()
            .iter()
            .map(|of| of.name.as_str())
            .collect();
        let expected = "arrays called originals and reconstructions, or LAYER.originals and LAYER.reconstructions";
        let remedy = "save both with numpy.savez(FILE, originals=…, reconstructions=…)";
        return Err(file_error(
            path,
            "",
            expected,
            lab_core::listed(&names, MAX_NAMED),
            remedy,
        )
        .into());
    }
    Ok(found.into_iter().collect())
}

fn variable(layer: &str, of: &str) -> String {
    if layer.is_empty() {
        of.to_owned()
    } else {
        format!("{layer}.{of}")
    }
}

fn rows(path: &Path, archive: &Npz, variable: &str, n_images: usize) -> Result<Rows> {
    let array = archive.array(variable)?;
    let (shape, values) = array.f32();
    let n_rows = shape.first().copied().unwrap_or(0);
    if n_rows != n_images {
        return Err(Error::Counts {
            path: path.to_owned(),
            what: "rows of features",
            expected: n_images,
            got: n_rows,
        });
    }
    if let Some(at) = values.iter().position(|value| !value.is_finite()) {
        let got = format!(
            "{} in row {}",
            values[at],
            at / (values.len() / n_rows).max(1)
        );
        let remedy = "compute the features again";
        return Err(file_error(path, variable, "finite numbers", got, remedy).into());
    }
    Ok(Rows {
        n_columns: values.len() / n_rows.max(1),
        values,
    })
}

/// What a fixed bank of Gabor filters says of every picture: an observer that nobody's loss has trained on.
pub(crate) fn seen_by_gabor(
    read: &Read,
    made: Option<&BTreeMap<Condition, Rows>>,
    ctx: &Context,
) -> Result<Vec<Features>> {
    let part = PluginRef::<dyn FeatureNet>::of("gabor()");
    let net = part.build(ctx)?.prepare(ctx, None)?;
    let layers = net.layers();
    let look = |rows: &Rows| {
        let n_images = rows.values.len() / rows.n_columns.max(1);
        let shape = (n_images, 1, read.size, read.size);
        let images = Tensor::from_slice(&rows.values, shape, ctx.device())?;
        cached_activations(net.as_ref(), &images, &layers)
    };
    let (of_originals, of_reconstructions) = (look(&read.originals)?, look(&read.reconstructions)?);
    let mut all: Vec<Features> = Vec::new();
    for layer in &layers {
        let flat = |tensor: &Tensor| -> lab_core::Result<Rows> {
            let flat = tensor.flatten_from(1)?;
            Ok(Rows {
                n_columns: flat.dim(1)?,
                values: flat.flatten_all()?.to_vec1()?,
            })
        };
        let (Some(one), Some(two)) = (of_originals.get(layer), of_reconstructions.get(layer))
        else {
            continue;
        };
        let mut features = Features {
            name: format!("gabor.{layer}"),
            originals: flat(one)?,
            reconstructions: flat(two)?,
            baselines: BTreeMap::new(),
        };
        for (condition, images) in made.into_iter().flatten() {
            if let Some(seen) = look(images)?.get(layer) {
                features.baselines.insert(condition.clone(), flat(seen)?);
            }
        }
        all.push(features);
    }
    Ok(all)
}
