//! Baselines: what is reached without the generator, the alignment, or any information at all.

use candle_core::Tensor;
use lab_core::Result;
use lab_core::config::PluginRef;
use lab_core::context::Context;
use lab_core::recording::SubjectResponses;
use lab_core::traits::{Aligner, Decoder};
use lab_score::baselines::most_alike;
use lab_score::record::Condition;
use rand::seq::SliceRandom;

use super::align::{Aligned, aligned_by};
use super::basis::Basis;
use super::decode::{Fit, Pass, TrainingRows, generate};
use super::images::Images;
use super::keys::{Fitted, Keys};
use super::load::Data;
use crate::scoring::rows;
use crate::store::Key;

/// Each subject or concatenation of subjects on its own way to ridge regression.
const UNALIGNED: [&str; 3] = ["standardise()", "concatenate()", "pca(variance: 0.99)"];
pub(crate) const RIDGE: &str = "ridge_to_pixels()";
/// Where parameters of baselines stand: in no experiment.
pub(crate) const BASELINE: &str = "baseline";
/// Images of the generator of which an oracle chooses.
pub(crate) const N_OF_PRIOR: usize = 64;
/// Stage of the decoder that is fitted on images that belong to other responses.
pub(crate) const SHUFFLED: &str = "shuffled";

/// The mean training image, whatever was seen.
pub(super) fn mean_image(data: &Data) -> Result<Images> {
    let images = data
        .train_images
        .mean_keepdim(0)?
        .broadcast_as(data.test_images.dims())?
        .contiguous()?;
    Ok(untaught(Condition::MeanImage, images))
}

/// An image of the generator for each test image, from a random latent.
pub(super) fn prior(basis: Basis<'_>) -> Result<Images> {
    let n_images = basis.data.test_idx.len();
    let (images, latents) = drawn(basis, "prior", n_images)?;
    Ok(Images {
        latents: Some(latents),
        ..untaught(Condition::Prior, images)
    })
}

/// Of [`N_OF_PRIOR`] images of the generator, the same for all, the one that correlates most with each original.
pub(super) fn best_of_prior(basis: Basis<'_>) -> Result<Images> {
    let (pool, _) = drawn(basis, "best_of_prior", N_OF_PRIOR)?;
    let images = alike(&basis.data.test_images, &pool)?;
    Ok(Images {
        thorough: false,
        ..untaught(Condition::BestOfPrior(N_OF_PRIOR), images)
    })
}

/// The training image that each reconstruction is most like.
pub(super) fn nearest_training(data: &Data, reconstructions: &Tensor) -> Result<Images> {
    let images = alike(reconstructions, &data.train_images)?;
    Ok(untaught(Condition::NearestTraining, images))
}

/// Images from random latents, and these.
fn drawn(basis: Basis<'_>, role: &str, n_images: usize) -> Result<(Tensor, Tensor)> {
    let ctx = basis.session.ctx.child(role);
    let generator = basis.objective.generator();
    let latents = generator.sample(&mut ctx.rng("latents"), n_images, ctx.device())?;
    Ok((generate(generator, &latents)?, latents))
}

/// For each image the one of the pool that it correlates with most.
fn alike(images: &Tensor, pool: &Tensor) -> Result<Tensor> {
    let found = most_alike(&rows(images)?, &rows(pool)?);
    Ok(Tensor::from_vec(
        found.values,
        images.shape(),
        images.device(),
    )?)
}

/// Images that no fit stands behind.
fn untaught(condition: Condition, images: Tensor) -> Images {
    Images {
        thorough: true,
        ..Images::of_a_series(condition, images)
    }
}

/// One member of the experiment's decoder, fitted on responses that belong to other images.
pub(super) fn shuffled(basis: Basis<'_>, aligned: &Aligned) -> Result<Images> {
    let fit = Fit::of_experiment(basis);
    let rows = shuffled_rows(&basis.session.ctx, basis.data);
    let pass = fit.pass(
        SHUFFLED,
        TrainingRows {
            train: &aligned.train,
            train_idx: &rows,
            key: &aligned.stage.key,
        },
        &[0],
    )?;
    predicted(&fit, Condition::Shuffled, aligned, pass)
}

/// For each training row, the place of an image that belongs to another.
pub(crate) fn shuffled_rows(ctx: &Context, data: &Data) -> Vec<usize> {
    let mut rows = data.train_rows();
    rows.shuffle(&mut ctx.child(SHUFFLED).rng("order"));
    rows
}

/// Ridge regression from the aligned responses straight to pixels.
pub(super) fn ridge_to_pixels(basis: Basis<'_>, aligned: &Aligned) -> Result<Images> {
    ridge(basis, aligned, Condition::RidgeToPixels)
}

/// Ridge regression from the unaligned voxels of all subjects.
pub(super) fn no_alignment(basis: Basis<'_>) -> Result<Images> {
    let data = basis.data;
    let rows = (&*data.train.subjects, &*data.test.subjects);
    let aligned = unaligned(basis, "no_alignment", rows)?;
    let images = ridge(basis, &aligned, Condition::NoAlignment)?;
    Ok(Images {
        alignment: Some(aligned.stage),
        ..images
    })
}

/// Each subject alone: by ridge regression, and by one member of the experiment's decoder through the generator.
pub(super) fn subjects(basis: Basis<'_>) -> Result<Vec<Images>> {
    let data = basis.data;
    let mut all = Vec::new();
    for (train, test) in data.train.subjects.iter().zip(&data.test.subjects) {
        let role = format!("subject_{}", train.id);
        let rows = (std::slice::from_ref(train), std::slice::from_ref(test));
        let aligned = unaligned(basis, &role, rows)?;
        let ridge = ridge(basis, &aligned, Condition::Subject(train.id.clone()))?;
        all.push(through_generator(basis, &train.id, &aligned)?);
        all.push(Images {
            thorough: false,
            alignment: Some(aligned.stage),
            ..ridge
        });
    }
    Ok(all)
}

/// One member of the experiment's decoder, fitted on the rows of one subject.
fn through_generator(basis: Basis<'_>, id: &str, aligned: &Aligned) -> Result<Images> {
    let fit = Fit::of_experiment(basis);
    let condition = Condition::SubjectDecoder(id.to_owned());
    let rows = TrainingRows {
        train: &aligned.train,
        train_idx: &basis.data.train_rows(),
        key: &aligned.stage.key,
    };
    let pass = fit.pass(&condition.name(), rows, &[0])?;
    predicted(&fit, condition, aligned, pass)
}

pub(super) fn unaligned(
    basis: Basis<'_>,
    role: &str,
    rows: (&[SubjectResponses], &[SubjectResponses]),
) -> Result<Aligned> {
    let session = basis.session;
    let chain = unaligned_chain(&session.ctx)?;
    let keys = Keys::of(session.plan);
    let key = unaligned_key(keys, role, &basis.data.key, &chain)?;
    let chain: Vec<(&str, &dyn Aligner)> = chain
        .iter()
        .map(|(part, aligner)| (part.name(), aligner.as_ref()))
        .collect();
    let averaged_after = basis.data.averaged_after();
    aligned_by(session, role, &key, &chain, rows, averaged_after)
}

/// Aligners with the texts that they were built from.
pub(crate) type Chain = Vec<(PluginRef<dyn Aligner>, Box<dyn Aligner>)>;

/// The chain of every baseline without alignment.
pub(crate) fn unaligned_chain(ctx: &Context) -> Result<Chain> {
    let built = UNALIGNED.iter().map(|text| {
        let part = PluginRef::<dyn Aligner>::of(text);
        let aligner = part.build(ctx)?;
        Ok((part, aligner))
    });
    built.collect()
}

/// The key of such a chain as a stage.
pub(crate) fn unaligned_key(keys: Keys<'_>, role: &str, data: &Key, chain: &Chain) -> Result<Key> {
    let chain = chain.iter().map(|(part, aligner)| (part, aligner.as_ref()));
    keys.chain(role, BASELINE, data, chain)
}

/// The stage of the ridge regression behind a condition.
pub(crate) fn ridge_stage(condition: &Condition) -> String {
    format!("{}-ridge", condition.name())
}

pub(super) fn ridge(basis: Basis<'_>, aligned: &Aligned, condition: Condition) -> Result<Images> {
    let part = PluginRef::<dyn Decoder>::of(RIDGE);
    let plugin = part.build(&basis.session.ctx)?;
    let fit = Fit {
        basis,
        decoder: Fitted {
            at: BASELINE,
            part: &part,
            plugin: plugin.as_ref(),
        },
    };
    let rows = TrainingRows {
        train: &aligned.train,
        train_idx: &basis.data.train_rows(),
        key: &aligned.stage.key,
    };
    let pass = fit.pass(&ridge_stage(&condition), rows, &[0])?;
    predicted(&fit, condition, aligned, pass)
}

fn predicted(fit: &Fit<'_>, condition: Condition, aligned: &Aligned, pass: Pass) -> Result<Images> {
    let prediction = fit.prediction(&fit.raw(&pass.weights[0], &aligned.test)?)?;
    Ok(Images {
        condition,
        images: prediction.images,
        latents: prediction.latents,
        search: None,
        thorough: true,
        stage: Some(pass.stage),
        alignment: None,
    })
}
