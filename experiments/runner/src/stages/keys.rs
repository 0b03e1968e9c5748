//! The keys of all stages, from the plan and from what was loaded: whoever makes a stage and whoever asks which ones are
//! there take the key from here.

use std::path::PathBuf;

use lab_core::config::{Capable, Experiment, PluginRef, to_ron};
use lab_core::recording::{Recording, Stimuli};
use lab_core::traits::{Aligner, Dataset, Decoder, FeatureNet, Output};
use lab_core::{Error, Result};

use crate::parts::Parts;
use crate::plan::Plan;
use crate::store::{Content, Key, contents};

/// Name of what was loaded, which is no stage of the store.
pub(crate) const DATA: &str = "data";
/// Name of the generator's stage, which is also where its parameters stand.
pub(crate) const GENERATOR: &str = "generator";
/// The same of the network behind the feature losses.
pub(crate) const FEATURES: &str = "features";
/// The stage of the rows without noise, behind the alignment.
pub(crate) const NOISELESS: &str = "noiseless";
/// The stage of a decode pass.
pub(crate) const DECODE: &str = "decode";
/// Stands for a network's corpus where its parameters decide nothing.
const ANY_CORPUS: &str = "corpus()";

/// The keys of an experiment's stages.
#[derive(Clone, Copy)]
pub(crate) struct Keys<'a> {
    experiment: &'a Experiment,
    parts: &'a Parts,
}

/// Keys of the networks that a decoder's objective looks through.
#[derive(Clone)]
pub(crate) struct NetworkKeys {
    pub(crate) generator: Key,
    pub(crate) features: Option<Key>,
}

/// A corpus as it was loaded, and where it came from.
#[derive(Clone)]
pub(crate) struct Corpus {
    /// Whose corpus it is, as errors name it.
    pub(crate) what: String,
    pub(crate) stimuli: Stimuli,
    /// Hash of everything that a fit can see of the corpus.
    pub(crate) content: String,
    /// The files that it is read from, perhaps while a network learns.
    pub(crate) files: Vec<Content>,
    /// The warnings of loading it, as (path of the stage, sentence), for a run that keeps them in its record.
    pub(crate) warnings: Vec<(String, String)>,
}

/// A decoder that is to be fitted: where its parameters stand, and what it is.
#[derive(Clone, Copy)]
pub(crate) struct Fitted<'a> {
    pub(crate) at: &'static str,
    pub(crate) part: &'a PluginRef<dyn Decoder>,
    pub(crate) plugin: &'a dyn Decoder,
}

/// What the members of a pass are fitted on, and which they are.
#[derive(Clone, Copy)]
pub(crate) struct PassRows<'a> {
    /// The key of the aligned rows.
    pub(crate) aligned: &'a Key,
    /// For each row, its place among the training images.
    pub(crate) train_idx: &'a [usize],
    pub(crate) members: &'a [usize],
}

impl<'a> Keys<'a> {
    pub(crate) fn of(plan: &'a Plan) -> Self {
        Self {
            experiment: &plan.experiment,
            parts: &plan.parts,
        }
    }

    /// Stimuli and responses: their content decides, whatever they were made of or read from.
    pub(crate) fn data(self, recording: &Recording, files: &[Content]) -> Result<Key> {
        let stimuli = &recording.stimuli;
        let part = &self.experiment.dataset;
        let mut key = Key::new(DATA, self.experiment.seed)?
            .told_settings("dataset", &part.one_line())
            .told_datasets(&part.one_line(), files)?
            .told("split", &flat(&self.experiment.split)?)
            .told("responses.rois", &flat(&self.experiment.responses.rois)?)
            .outcome("number of images", &stimuli.n_images().to_string())
            .outcome("stimuli", &stimuli.content_hash()?)
            .outcome("field of view", &format!("{:?}", stimuli.field_of_view_deg));
        for subject in &recording.subjects {
            let voxels = &subject.voxels;
            let trials = format!("{:?}", subject.trials);
            let regions = format!("{:?} {:?}", voxels.roi, voxels.roi_names);
            let id = &subject.id;
            key = key
                .outcome(&format!("trials of {id}"), &digest(&trials))
                .outcome(&format!("regions of {id}"), &digest(&regions))
                .outcome(&format!("voxels of {id}"), &subject.n_voxels().to_string())
                .tensor(&format!("responses of {id}"), &subject.responses)?;
        }
        Ok(key)
    }

    /// The experiment's own decoder, as keys need it.
    pub(crate) fn decoder(self) -> Fitted<'a> {
        Fitted {
            at: "decoder",
            part: &self.experiment.decoder,
            plugin: self.parts.decoder.as_ref(),
        }
    }

    /// The experiment's own chain of aligners.
    pub(crate) fn align(self, data: &Key) -> Result<Key> {
        let parts = self.experiment.align.iter().zip(&self.parts.align);
        let chain = parts.map(|(part, aligner)| (part, aligner.as_ref()));
        self.chain("align", "align", data, chain)
    }

    /// The same chain over responses without noise: known ones, or those of an encoding model, which follow from the data.
    pub(crate) fn noiseless(self, data: &Key, recording: &Recording) -> Result<Key> {
        let parts = self.experiment.align.iter().zip(&self.parts.align);
        let chain = parts.map(|(part, aligner)| (part, aligner.as_ref()));
        let mut key = self.chain(NOISELESS, "align", data, chain)?;
        for subject in &recording.subjects {
            if let Some(known) = &subject.voxels.noiseless {
                let what = format!("responses of {} without noise", subject.id);
                key = key.tensor(&what, known)?;
            }
        }
        // The encoding model is of that package.
        key.sources("lab-score")
    }

    /// A chain of aligners, whose parameters are shown from `at` on.
    pub(crate) fn chain<'b>(
        self,
        stage: &str,
        at: &str,
        data: &Key,
        chain: impl Iterator<Item = (&'b PluginRef<dyn Aligner>, &'b dyn Aligner)>,
    ) -> Result<Key> {
        let mut key = Key::new(stage, self.experiment.seed)?.after(data).settings(
            "responses",
            "responses",
            &flat(&self.experiment.responses)?,
        );
        for (idx, (part, aligner)) in chain.enumerate() {
            let at = format!("{at}.{idx}");
            key = key.plugin((&at, "aligner"), part, &aligner.files())?;
        }
        Ok(key)
    }

    /// A network that learns from a corpus, or whose weights are given. The images of the corpus decide, and not the
    /// parameters that they came of.
    pub(crate) fn network<T: ?Sized + Capable>(
        self,
        (stage, at): (&str, &str),
        part: &PluginRef<T>,
        files: &[PathBuf],
        (data, corpus): (&Key, Option<&Corpus>),
    ) -> Result<Key> {
        let all = part.one_line();
        let key = Key::new(stage, self.experiment.seed)?;
        let Some(corpus) = corpus else {
            return key.plugin((at, "plugin"), part, files);
        };
        let without = part.with_datasets(ANY_CORPUS, |_| Ok(true))?;
        let without = without.map_or_else(|| all.clone(), |part| part.one_line());
        // What names several datasets may look at them in ways of its own.
        let is_one = without.matches(ANY_CORPUS).count() == 1;
        let deciding = if is_one { &without } else { &all };
        let key = key.plugin_of((at, "plugin"), part, (&all, deciding), files)?;
        let view = format!("{:?}", corpus.stimuli.field_of_view_deg);
        Ok(key
            .beside(data)
            .told_datasets(&all, &corpus.files)?
            .outcome(
                "images of the corpus",
                &corpus.stimuli.n_images().to_string(),
            )
            .outcome("corpus", &corpus.content)
            .outcome("field of view of the corpus", &view))
    }

    /// Some members of an ensemble of decoders.
    pub(crate) fn pass(
        self,
        stage: &str,
        fitted: Fitted<'_>,
        rows: PassRows<'_>,
        (data, networks): (&Key, &NetworkKeys),
    ) -> Result<Key> {
        let Fitted { at, part, plugin } = fitted;
        let mut key = Key::new(stage, self.experiment.seed)?
            .after(data)
            .after(rows.aligned);
        if at == "decoder" {
            let ensemble = &self.experiment.ensemble;
            key = key
                .told("ensemble.members", &ensemble.members.to_string())
                .told("ensemble.per_pass", &ensemble.per_pass.to_string());
        }
        key = key
            .outcome("number of training rows", &rows.train_idx.len().to_string())
            .outcome("training rows", &digest(&format!("{:?}", rows.train_idx)))
            .outcome("members", &format!("{:?}", rows.members))
            .plugin((at, "decoder"), part, &plugin.files())?;
        if plugin.output() == Output::Latents {
            key = self.objective(key, networks)?;
        }
        Ok(key)
    }

    /// A search for the test images in the generator.
    pub(crate) fn search(self, stage: &str, data: &Key, networks: &NetworkKeys) -> Result<Key> {
        let search = flat(&self.experiment.scores.inversion)?;
        let key = Key::new(stage, self.experiment.seed)?.after(data).settings(
            "scores.inversion",
            "search",
            &search,
        );
        self.objective(key, networks)
    }

    /// The same with what a search without them and the decoders found among the starts.
    pub(crate) fn search_from<'b>(
        self,
        stage: &str,
        (data, networks): (&Key, &NetworkKeys),
        found: impl Iterator<Item = &'b Key>,
    ) -> Result<Key> {
        let combine = format!("{:?}", self.experiment.ensemble.combine);
        let mut key = self
            .search(stage, data, networks)?
            .and("ensemble.combine", &combine);
        for stage in found {
            key = key.after(stage);
        }
        Ok(key)
    }

    /// Adds the networks, and the loss terms with weights, parameters, code and files.
    fn objective(self, key: Key, networks: &NetworkKeys) -> Result<Key> {
        let mut key = key.after(&networks.generator);
        if let Some(features) = &networks.features {
            key = key.after(features);
        }
        let losses = self.experiment.losses.iter().zip(self.parts.terms.iter());
        for (idx, ((weight, part), term)) in losses.enumerate() {
            let (at_weight, at) = (format!("losses.{idx}.0"), format!("losses.{idx}.1"));
            key = key
                .shown_as(&at_weight, "weight", &weight.to_string())
                .plugin((&at, "loss"), part, &term.term.files())?;
        }
        Ok(key)
    }
}

impl Corpus {
    /// The same as [`Corpus::check`], in no time as long as nobody wrote to its files.
    pub(crate) fn check_files(&self) -> Result<()> {
        match self.files.iter().try_for_each(Content::check) {
            Ok(()) => Ok(()),
            Err(_) => self.check(),
        }
    }

    /// Fails if the images are not any more those that the key speaks of: images may be read from their files while a
    /// network learns.
    ///
    /// # Errors
    /// [`Error::Data`] that names the corpus, or whatever reading it fails with.
    pub(crate) fn check(&self) -> Result<()> {
        if self.stimuli.content_hash()? == self.content {
            return Ok(());
        }
        Err(Error::Data {
            what: self.what.clone(),
            expected: "the images that it held when the run began".into(),
            got: "others".into(),
            remedy:
                "its files changed while the run was at work; run again: the stage at work was not kept"
                    .into(),
        })
    }
}

/// Name of the stage of a network that judges.
pub(crate) fn observer(part: &PluginRef<dyn FeatureNet>) -> String {
    format!("observer/{}", part.name())
}

/// The contents of the files that a dataset reads.
///
/// # Errors
/// Fails if one cannot be read.
pub(crate) fn files_of(dataset: &dyn Dataset) -> Result<Vec<Content>> {
    let each = dataset.files().into_iter().map(|file| contents(&file));
    Ok(each.collect::<Result<Vec<_>>>()?.concat())
}

fn flat<T: serde::Serialize>(value: &T) -> Result<String> {
    Ok(lab_core::config::one_line(&to_ron(value)?))
}

/// The hash of a long text, which stands in its place.
fn digest(text: &str) -> String {
    blake3::hash(text.as_bytes()).to_hex().to_string()
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};

    use lab_core::dims::ImageShape;
    use lab_core::recording::ImageSource;

    use super::*;

    /// Images of a file that somebody writes to.
    struct Mapped(Arc<AtomicBool>);

    impl ImageSource for Mapped {
        fn n_images(&self) -> usize {
            3
        }

        fn shape(&self) -> ImageShape {
            ImageShape::grey(2)
        }

        fn read(&self, image_idx: &[usize]) -> Result<Vec<f32>> {
            let value = if self.0.load(Ordering::Relaxed) {
                0.5
            } else {
                0.25
            };
            Ok(vec![value; image_idx.len() * 4])
        }
    }

    #[test]
    fn a_corpus_that_changes_while_a_network_learns_is_named() -> Result<()> {
        let changed = Arc::new(AtomicBool::new(false));
        let mut stimuli = Stimuli::from_pixels(ImageShape::grey(2), vec![0.0; 12])?;
        stimuli.images = Arc::new(Mapped(changed.clone()));
        let place = tempfile::tempdir().map_err(|error| Error::plugin("test", error))?;
        let file = place.path().join("corpus.npy");
        let write = |text: &str| std::fs::write(&file, text).map_err(Error::io("writing", &file));
        write("before")?;
        let corpus = Corpus {
            what: "the generator's corpus".into(),
            content: stimuli.content_hash()?,
            stimuli,
            files: contents(&file)?,
            warnings: Vec::new(),
        };
        corpus.check()?;
        corpus.check_files()?;
        // Another content of the file that is the same images, such as a comment, changes nothing.
        write("behind")?;
        corpus.check_files()?;
        changed.store(true, Ordering::Relaxed);
        for checked in [corpus.check(), corpus.check_files()] {
            let said = checked.map_or_else(|error| error.to_string(), |()| String::new());
            for words in [
                "the generator's corpus",
                "changed while the run was at work; run again",
            ] {
                assert!(said.contains(words), "{said}");
            }
        }
        Ok(())
    }
}
