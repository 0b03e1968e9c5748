//! How many lists of how many trials.

use crate::settings::{Settings, Size};
use crate::source::Source;
use crate::{Error, Result};

/// Sources that share their images.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// Number of images.
    pub n_images: usize,
    /// Indices of the sources.
    pub sources: Vec<usize>,
}

/// Sizes of a study.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Sizes {
    /// Number of lists.
    pub n_lists: usize,
    /// Trials of each source in a list.
    pub per_source: usize,
    /// Sources by the images that they share.
    pub groups: Vec<Group>,
}

impl Sizes {
    /// The sizes that settings ask for.
    ///
    /// # Errors
    /// As [`super::plan`].
    pub fn of(sources: &[Source], settings: &Settings) -> Result<Self> {
        let groups = groups(sources)?;
        let of_a_source = |group: &Group| group.n_images / (2 * group.sources.len());
        let narrowest = groups.iter().min_by_key(|group| of_a_source(group));
        let Some((narrowest, most_each)) = narrowest.map(|group| (group, of_a_source(group)))
        else {
            return Err(Error::Setting {
                what: "sources",
                expected: "1 or more".into(),
                got: "0".into(),
                remedy: "name a run",
            });
        };
        let (n_sources, most) = (sources.len(), most_each * sources.len());
        let asked = settings.trials.map_or(most, |trials| trials as usize);
        if asked > most || most == 0 {
            let n_images = narrowest.n_images;
            return Err(Error::TooManyTrials {
                asked: asked.max(1),
                most,
                n_images,
            });
        }
        if !asked.is_multiple_of(n_sources) {
            let below = asked / n_sources * n_sources;
            return Err(Error::Setting {
                what: "trials",
                expected: format!(
                    "equally many of each of {n_sources} sources, as {} or {}",
                    below.max(n_sources),
                    (below + n_sources).min(most)
                ),
                got: asked.to_string(),
                remedy: "ask for a multiple of the number of sources",
            });
        }
        let per_source = asked / n_sources;
        let n_lists = match settings.size {
            Size::Participants(n) => n as usize,
            Size::DecisionsPerImage(n) => {
                let lists = |group: &Group| (group.n_images * n as usize).div_ceil(per_source);
                groups.iter().map(lists).max().unwrap_or(1)
            }
        };
        Ok(Self {
            n_lists,
            per_source,
            groups,
        })
    }

    /// Trials of a list, checks apart.
    pub fn n_trials(&self) -> usize {
        self.per_source
            * self
                .groups
                .iter()
                .map(|group| group.sources.len())
                .sum::<usize>()
    }
}

/// Sources of one set share their images.
fn groups(sources: &[Source]) -> Result<Vec<Group>> {
    let mut groups: Vec<Group> = Vec::new();
    for (source_idx, source) in sources.iter().enumerate() {
        source.check()?;
        let same_set = |group: &&mut Group| sources[group.sources[0]].set == source.set;
        let Some(group) = groups.iter_mut().find(same_set) else {
            groups.push(Group {
                n_images: source.images.len(),
                sources: vec![source_idx],
            });
            continue;
        };
        let first = &sources[group.sources[0]];
        if first.images != source.images || first.originals != source.originals {
            return Err(source.misfit(
                &format!(
                    "the images of '{}', which is of the same set '{}'",
                    first.label, first.set
                ),
                "other names, another order or other originals",
                "compare runs on one test set, or give the sets different names",
            ));
        }
        group.sources.push(source_idx);
    }
    Ok(groups)
}
