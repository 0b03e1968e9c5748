//! Rows of the tables.

use serde::{Deserialize, Serialize};

use super::exact;
use crate::study::observers::{CONTRAST, LUMINANCE, ORIENTATION};

/// What one may tell the result's images apart by without seeing what they show.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Cue {
    /// Mean of the pixels.
    Luminance,
    /// Standard deviation of the pixels.
    Contrast,
    /// Energies of orientations, wherever in the image they are.
    Orientation,
}

impl Cue {
    /// All cues, in the order in which scores name them.
    pub const ALL: [Self; 3] = [Self::Luminance, Self::Contrast, Self::Orientation];

    /// Stable name, as an observer.
    pub fn name(self) -> &'static str {
        match self {
            Self::Luminance => LUMINANCE,
            Self::Contrast => CONTRAST,
            Self::Orientation => ORIENTATION,
        }
    }
}

/// The way in which scored images were made.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Condition {
    /// The ensemble through the generator: the experiment's result.
    Decoder,
    /// One member of the ensemble.
    Member(usize),
    /// The best image that a search from random starts found in the generator for each test image.
    Ceiling,
    /// The same with the latents of the ceiling, the decoder and its members among the starts.
    CeilingFromDecoders,
    /// One member of the decoder, fitted and asked on responses without noise.
    DecoderCeiling,
    /// The mean training image, for every test image.
    MeanImage,
    /// The decoder fitted on training responses that were shuffled against their images.
    Shuffled,
    /// Ridge regression to pixels on the same aligned responses.
    RidgeToPixels,
    /// Ridge regression to pixels on the unaligned responses of all subjects, side by side.
    NoAlignment,
    /// Ridge regression to pixels on one subject alone.
    Subject(String),
    /// The originals themselves (for classifiers).
    Originals,
    /// Reconstructions that were made elsewhere, with any tool: what an evaluation without a run is about.
    Given,
    /// The training image that each reconstruction is most like.
    NearestTraining,
    /// One image of the generator for each test image, from a random latent: the prior alone.
    Prior,
    /// Of so many images of the generator the one that is most like the original: an oracle, since it is chosen by the original.
    BestOfPrior(usize),
    /// A training image for each test image, drawn at random: whoever knows what images look like, and nothing of the brain.
    RandomTraining,
    /// One member of the experiment's decoder, fitted on one subject alone, through the generator.
    SubjectDecoder(String),
    /// So many members of the ensemble, the first ones, combined.
    FirstMembers(usize),
    /// The decoder, whose predictions differ in so many directions only: those in which they differ most on training rows.
    Bottleneck(usize),
    /// The same through as many random directions.
    RandomBottleneck(usize),
    /// Ridge regression to pixels on the voxels of one region of all subjects.
    Region(String),
    /// The result's own images, told apart by one trivial cue alone: whoever sees nothing of what they show.
    Cue(Cue),
}

impl Condition {
    /// Whether a report is about these images: the decoder's of a run, or reconstructions that were made elsewhere.
    pub fn is_result(&self) -> bool {
        matches!(self, Self::Decoder | Self::Given)
    }

    /// Whether these images are one point of a curve, or of a comparison that has a figure of its own.
    pub fn is_of_a_series(&self) -> bool {
        matches!(
            self,
            Self::Member(_)
                | Self::FirstMembers(_)
                | Self::Bottleneck(_)
                | Self::RandomBottleneck(_)
                | Self::Region(_)
        )
    }

    /// Whether a part of the decoder made these images: its predictions through a bottleneck, or the first of its members.
    pub fn is_part(&self) -> bool {
        matches!(
            self,
            Self::Bottleneck(_) | Self::Member(0) | Self::FirstMembers(_)
        )
    }

    /// Stable name in tables and in `summary.json`.
    pub fn name(&self) -> String {
        match self {
            Self::Decoder => "decoder".into(),
            Self::Member(member) => format!("member_{member}"),
            Self::Ceiling => "ceiling".into(),
            Self::CeilingFromDecoders => "ceiling_from_decoders".into(),
            Self::DecoderCeiling => "decoder_ceiling".into(),
            Self::MeanImage => "mean_image".into(),
            Self::Shuffled => "shuffled".into(),
            Self::RidgeToPixels => "ridge_to_pixels".into(),
            Self::NoAlignment => "no_alignment".into(),
            Self::Subject(id) => format!("subject_{id}"),
            Self::Originals => "originals".into(),
            Self::Given => "reconstructions".into(),
            Self::NearestTraining => "nearest_training".into(),
            Self::RandomTraining => "random_training".into(),
            Self::Prior => "prior".into(),
            Self::BestOfPrior(_) => "best_of_prior".into(),
            Self::SubjectDecoder(id) => format!("decoder_{id}"),
            Self::FirstMembers(n) => format!("first_members_{n}"),
            Self::Bottleneck(width) => format!("bottleneck_{width}"),
            Self::RandomBottleneck(width) => format!("random_bottleneck_{width}"),
            Self::Region(name) => format!("region_{name}"),
            Self::Cue(cue) => format!("cue_{}", cue.name()),
        }
    }

    /// Name for a reader.
    pub fn label(&self) -> String {
        match self {
            Self::Decoder => "decoder through the generator".into(),
            Self::Member(member) => format!("one member ({member})"),
            Self::Ceiling => "generator's ceiling".into(),
            Self::CeilingFromDecoders => "best found from decoders' latents".into(),
            Self::DecoderCeiling => "decoder's ceiling, without noise".into(),
            Self::MeanImage => "mean training image".into(),
            Self::Shuffled => "shuffled responses".into(),
            Self::RidgeToPixels => "ridge to pixels".into(),
            Self::NoAlignment => "ridge to pixels, no alignment".into(),
            Self::Subject(id) => format!("ridge to pixels, {id} alone"),
            Self::Originals => "originals".into(),
            Self::Given => "reconstructions".into(),
            Self::NearestTraining => "training image nearest to the result".into(),
            Self::RandomTraining => "a training image at random".into(),
            Self::Prior => "the prior alone, at random".into(),
            Self::BestOfPrior(n) => format!("oracle: best of {n} of the prior"),
            Self::SubjectDecoder(id) => format!("decoder through the generator, {id} alone"),
            Self::FirstMembers(n) => format!("first {n} members"),
            Self::Bottleneck(width) => format!("decoder through {width} dimensions"),
            Self::RandomBottleneck(width) => {
                format!("decoder through {width} random dimensions")
            }
            Self::Region(name) => format!("ridge to pixels, {name} alone"),
            Self::Cue(Cue::Luminance) => "the result's mean luminance alone".into(),
            Self::Cue(Cue::Contrast) => "the result's contrast alone".into(),
            Self::Cue(Cue::Orientation) => "the result's orientations alone".into(),
        }
    }
}

/// Who is compared with whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Direction {
    /// An original is shown; its own reconstruction must beat foil reconstructions (the paper's task).
    OriginalToReconstructions,
    /// A reconstruction is shown; its own original must beat foil originals (as in bdpy).
    ReconstructionToOriginals,
    /// No comparison between images (classes, similarity of pairs).
    None,
}

/// What a score is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Statistic {
    /// Mean over images of the share of all other test images that lose, ties counting one half.
    PairwiseIdentification,
    /// The same over foils of the same class only.
    SameClassIdentification,
    /// Share of images that win against every other one.
    TopOne,
    /// Expected share of images that win against 4 others, drawn from the test images at random.
    FiveWay,
    /// The same against 9 others.
    TenWay,
    /// Share of two-alternative decisions that are right, over all images and their random foils.
    ObserverOverall,
    /// Share of images for which the majority of the decisions is right.
    ObserverMajority,
    /// Share of images whose class the independent classifier names.
    ClassAccuracy,
    /// Mean similarity of an image and its reconstruction (pixel correlation, SSIM).
    Similarity,
    /// Mean distance of an image and its reconstruction (LPIPS): lower is better.
    Distance,
}

impl Statistic {
    /// Whether it is a share of images or decisions, which is shown in per cent; similarities and distances have units of their own.
    pub fn is_share(self) -> bool {
        !matches!(self, Self::Similarity | Self::Distance)
    }

    /// Whether a smaller value is the better one.
    pub fn lower_is_better(self) -> bool {
        self == Self::Distance
    }
}

/// How an interval was made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum IntervalMethod {
    /// Bootstrap over images.
    ImageBootstrap,
    /// Wilson's score interval.
    Wilson,
    /// Clopper and Pearson's exact interval.
    ClopperPearson,
    /// Student's interval.
    Student,
}

/// One score.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ScoreRow {
    /// The way in which the images were made.
    pub condition: Condition,
    /// The statistic that is computed.
    pub statistic: Statistic,
    /// What images are compared by: "pixel", "ssim", "gabor.energy", "convnet.conv3", "alexnet.conv2".
    pub observer: String,
    /// True if the loss used this observer's network.
    pub in_loss: bool,
    /// Who is compared with whom.
    pub direction: Direction,
    /// The candidates, in words: "all 71 other test images", "5 random foils an image, seeded".
    pub pool: String,
    /// What happens to ties, in words.
    pub tie_rule: String,
    /// Value of the score.
    #[serde(with = "exact")]
    pub value: f64,
    /// The value of guessing; `None` where there is none (similarity).
    #[serde(with = "exact")]
    pub chance: Option<f64>,
    /// Number of images.
    pub n_images: usize,
    /// Decisions, where the score counts them.
    pub n_decisions: Option<usize>,
    /// Right decisions, where the score counts them.
    #[serde(with = "exact")]
    pub n_correct: Option<f64>,
    /// Interval of the mean over images: (low, high).
    #[serde(with = "exact")]
    pub image_interval: Option<(f64, f64)>,
    /// How the interval over images was made: by bootstrap, or where images are few or all agree by Wilson's formula.
    #[serde(default)]
    pub image_interval_method: Option<IntervalMethod>,
    /// Wilson interval that takes decisions as independent.
    #[serde(with = "exact")]
    pub wilson: Option<(f64, f64)>,
    /// Clopper–Pearson interval that takes decisions as independent.
    #[serde(with = "exact")]
    pub clopper_pearson: Option<(f64, f64)>,
    /// One-sided exact binomial p that takes decisions as independent, as in the paper.
    #[serde(with = "exact")]
    pub p_binomial: Option<f64>,
    /// p of the permutation of the whole mapping from reconstructions to originals, with the place among ties drawn by lot
    /// ([`crate::ties`]); findings rest on it.
    #[serde(with = "exact")]
    pub p_permutation: Option<f64>,
    /// The same with every tie counted against the score, (b + 1)/(m + 1) with b permutations that score at least as well; `None`
    /// in a record of before both were kept, whose `p_permutation` it was.
    #[serde(default, with = "exact")]
    pub p_permutation_ties_whole: Option<f64>,
    /// Number of permutations behind the p-value, if there is one.
    pub n_permutations: Option<usize>,
}

/// Decisions of one observer about one test image.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct DecisionRow {
    /// The way in which the images were made.
    pub condition: Condition,
    /// Name of the observer.
    pub observer: String,
    /// Index of the test image, from 0.
    pub test_image: usize,
    /// Class of the test image; empty if it has no label.
    pub class: String,
    /// Number of decisions that the observer was asked for.
    pub n_decisions: usize,
    /// Decisions right; ties count one half.
    #[serde(with = "exact")]
    pub n_correct: f64,
    /// Share of all other test images that lose against it.
    #[serde(with = "exact")]
    pub identification: f64,
}

/// A score of the result, image by image: what runs are compared by.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ImageScoresRow {
    /// The statistic, whose value is the mean of these scores.
    pub statistic: Statistic,
    /// What images are compared by, or the classifier.
    pub observer: String,
    /// True if the loss used this observer's network.
    pub in_loss: bool,
    /// Who is compared with whom.
    pub direction: Direction,
    /// A score for each test image, in their order; of class accuracy for each that has a class.
    #[serde(with = "exact")]
    pub values: Vec<f64>,
}

/// How often each class was named for each class.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ConfusionTable {
    /// The way in which the images were made.
    pub condition: Condition,
    /// Name of the classifier.
    pub classifier: String,
    /// Names of the classes.
    pub classes: Vec<String>,
    /// `counts[true][named]`.
    pub counts: Vec<Vec<usize>>,
    /// Images of each class for which none of the classes was named; empty in a record of before it was counted.
    #[serde(default)]
    pub other: Vec<usize>,
}

/// Share of a layer's elements that a feature term selects in the training targets.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct ShareRow {
    /// Name of the loss term.
    pub term: String,
    /// The layer, with "+" or "−" for the polarity where a term has two.
    pub layer: String,
    /// Share in `[0, 1]`; a warning below 0.001 or above 0.5.
    #[serde(with = "exact")]
    pub share: f64,
}

/// Value of a loss term.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct TermRow {
    /// The way in which the images were made.
    pub condition: Condition,
    /// "train" or "test".
    pub set: String,
    /// Name of the loss term.
    pub term: String,
    /// Weight λ of the loss term.
    #[serde(with = "exact")]
    pub weight: f64,
    /// Unweighted mean over images.
    #[serde(with = "exact")]
    pub value: f64,
}

/// One member of the ensemble.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct MemberRow {
    /// Index of the member, from 0.
    pub member: usize,
    /// Mean cosine between its latents and the combined ones.
    #[serde(with = "exact")]
    pub cosine_to_combined: f64,
    /// Mean pixel correlation with the originals.
    #[serde(with = "exact")]
    pub pixel_correlation: f64,
    /// Pairwise identification by pixels, original to reconstructions.
    #[serde(with = "exact")]
    pub pixel_identification: f64,
}
