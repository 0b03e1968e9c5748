//! What plugins say of themselves, as RON; the fields are those of `lab_plugin.h`.

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use lab_core::config::from_ron;
use lab_core::dims::{ImageShape, ValueRange};
use lab_core::traits::{LatentSpace, Output};

/// What a library says of a generator.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct GeneratorFacts {
    pub(super) latents: LatentSpace,
    pub(super) image: ImageShape,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) corpus: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) maps: Option<ImageShape>,
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub(super) encodes: bool,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) files: Vec<String>,
}

/// Of a feature network.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct FeatureNetFacts {
    pub(super) layers: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) image: Option<ImageShape>,
    pub(super) range: ValueRange,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) corpus: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) classes: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) files: Vec<String>,
}

/// Of a loss term.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct LossFacts {
    #[serde(default)]
    pub(super) layers: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) files: Vec<String>,
}

/// What a library says of a decoder.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct DecoderFacts {
    pub(super) output: Output,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) files: Vec<String>,
}

/// What a library says of an aligner: nothing yet.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct AlignerFacts {
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) files: Vec<String>,
}

/// Of a dataset, before it is loaded.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct DatasetFacts {
    #[serde(default)]
    pub(super) files: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) obtain: Option<String>,
}

/// Of a dataset, once it is loaded.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct RecordingFacts {
    pub(super) name: String,
    pub(super) n_images: usize,
    pub(super) image: ImageShape,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) classes: Vec<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) field_of_view_deg: Option<f64>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(super) simulated: Option<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) notes: Vec<String>,
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(super) subjects: Vec<SubjectFacts>,
}

/// What a library says of one subject.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub(super) struct SubjectFacts {
    pub(super) id: String,
    #[serde(default)]
    pub(super) roi_names: Vec<String>,
}

/// Reads facts; the mistake in words if they are none.
pub(super) fn read<F: DeserializeOwned>(text: &str) -> Result<F, String> {
    from_ron(text).map_err(|error| format!("'{text}' ({error})"))
}

#[cfg(test)]
mod tests {
    use super::{FeatureNetFacts, GeneratorFacts, read};
    use lab_core::config::to_ron;
    use lab_core::dims::ImageShape;
    use lab_core::traits::{Constraint, LatentSpace, Prior};

    #[test]
    fn facts_survive_text_and_allow_fields_of_later_versions() {
        for constraint in [Constraint::None, Constraint::UnitSphere] {
            let latents = LatentSpace {
                n_latents: 50,
                prior: Prior::UniformCube,
                constraint,
            };
            let facts = GeneratorFacts {
                latents,
                image: ImageShape::grey(64),
                corpus: Some("letters(size: 64)".into()),
                maps: Some(ImageShape {
                    channels: 2,
                    height: 5,
                    width: 5,
                }),
                encodes: true,
                files: vec!["weights.npz".into()],
            };
            let text = to_ron(&facts).unwrap();
            assert_eq!(read::<GeneratorFacts>(&text), Ok(facts));
        }
        let later = "(layers: [\"a\"], range: (low: -1.0, high: 1.0), image: (channels: 1, height: 2, width: 3), newer: [1])";
        let facts: FeatureNetFacts = read(later).unwrap();
        assert_eq!(facts.image.map(|image| image.width), Some(3));
        assert!(read::<GeneratorFacts>("(latents: 50)").is_err());
    }
}
