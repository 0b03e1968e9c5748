//! The store of finished stages: `runs/.stages/<stage>/<key>/`.
//!
//! A stage's key is a hash over its resolved parameters, its inputs and the sources of the crates behind it, so that a
//! stage that would give the same bytes is reused, by whatever experiment.
//! A stage is made in a folder `<key>.partial`, which also holds its checkpoints, and renamed when it is whole. One process
//! at a time holds that folder, and others wait; whoever dies holds nothing any more. A finished stage is looked at before
//! it is used, and a damaged one is made again.

#[cfg(test)]
mod abreast;
mod checkpoints;
mod contents;
mod differences;
mod files;
mod folder;
mod held;
mod key;
mod new_folder;
mod part;
mod recorded;
pub(crate) mod sheet;
pub(crate) mod shelf;
mod sources;
#[cfg(test)]
mod survival;
#[cfg(test)]
mod tests;
mod whole;

use std::collections::BTreeSet;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::{Duration, Instant};

use lab_core::context::Context;
use lab_core::{Error, Result};

pub(crate) use contents::{Content, contents};
pub(crate) use differences::{Difference, differences, own_differences};
pub(crate) use files::{UNFINISHED, copy, remove, write_atomically};
pub(crate) use folder::Folder;
pub(crate) use held::{Held, Tried, hold, try_hold};
pub(crate) use key::Key;
use new_folder::is_denied;
pub(crate) use new_folder::{NewFolder, remove_litter, remove_litter_of};
pub(crate) use part::{Ancestry, Parts};
pub(crate) use recorded::{MEASURED, Measured, watched};
pub(crate) use sources::{of as sources_of, own_hash};
pub(crate) use whole::{LIST, check as check_whole};

use crate::journal::{Journal, seconds};
use crate::told::Told;
use checkpoints::FileCheckpoints;
use files::{sync_folder, sync_tree};

/// Ending of the name of the folder in which a stage is made.
const PARTIAL: &str = "partial";
/// Name, inside that folder, of a damaged stage that was moved out of the place of the new one.
const DAMAGED: &str = ".new-damaged";
/// Name, inside that folder, of a file that is made to see whether files can be made there.
const PROBE: &str = ".new-probe";
/// Why a stage is made beside the usual folder, as the end of a sentence that begins with that folder's path.
const NOT_OURS: &str = "was left by another user, and nothing can be written there";
const NO_LOCKS: &str = "is on a file system that knows no locks";
/// Time between two looks at a stage that another process makes.
const LOOK: Duration = Duration::from_millis(100);

/// The folder of all stages, and what this process knows of it.
pub(crate) struct Store {
    root: PathBuf,
    /// Name of the device, which decides the last digits.
    device: &'static str,
    events: Arc<Journal>,
    /// Folders of finished stages whose files were all checked by this process; they are not checked again.
    seen: Mutex<BTreeSet<PathBuf>>,
}

/// A finished stage.
#[derive(Debug, Clone)]
pub(crate) struct Stage {
    folder: PathBuf,
    /// Key of the stage, with the device in it.
    pub(crate) key: Key,
    /// The warnings of the process that made it, as (path of the stage, sentence).
    pub(crate) warnings: Vec<(String, String)>,
}

impl Store {
    /// Opens the store of a folder of runs, and makes its folder if it is not there.
    pub(crate) fn open(runs: &Path, device: &'static str, events: Arc<Journal>) -> Result<Self> {
        let root = runs.join(".stages");
        fs::create_dir_all(&root).map_err(Error::io("creating", &root))?;
        Ok(Self {
            root,
            device,
            events,
            seen: Mutex::default(),
        })
    }

    /// The finished stage `name` of this key; `make` fills the folder if there is none.
    ///
    /// While another process makes it, this one waits.
    pub(crate) fn stage(
        &self,
        ctx: &Context,
        name: &str,
        key: &Key,
        make: impl FnOnce(&Context, &Folder) -> Result<()>,
    ) -> Result<Stage> {
        let key = key.on(self.device);
        let folder = self.folder_of(name, &key);
        let reused = match self.claim(ctx, &folder)? {
            Claim::Made => true,
            Claim::Mine { partial, held } => {
                self.make(ctx, &key, &partial, make)?;
                self.finish(&partial, &folder)?;
                drop(held);
                false
            }
        };
        let warnings: Vec<_> = Folder(folder.clone()).read_json("warnings.json")?;
        if reused {
            self.events.finished(ctx.path(), "reused");
            self.events.repeat(&warnings);
        }
        Ok(Stage {
            folder,
            key,
            warnings,
        })
    }

    /// Whether another process makes this stage right now, so that there may be better things to do than to wait.
    pub(crate) fn is_busy(&self, name: &str, key: &Key) -> bool {
        let folder = self.folder_of(name, &key.on(self.device));
        let partial = folder.with_extension(PARTIAL);
        !folder.exists() && matches!(try_hold(&partial), Ok(Tried::Busy))
    }

    fn folder_of(&self, name: &str, key: &Key) -> PathBuf {
        self.root.join(name.replace('/', "-")).join(key.short())
    }

    /// The right to make a stage, or the news that it is made.
    fn claim(&self, ctx: &Context, folder: &Path) -> Result<Claim> {
        let partial = folder.with_extension(PARTIAL);
        let mut told = false;
        loop {
            if self.is_whole(folder)? {
                return Ok(Claim::Made);
            }
            fs::create_dir_all(&partial).map_err(Error::io("creating", &partial))?;
            let beside = match try_hold(&partial) {
                Err(error) if is_denied(&error) => NOT_OURS,
                Ok(Tried::Held(_)) if !is_ours(&partial)? => NOT_OURS,
                Ok(Tried::Held(held)) => return self.settle(folder, partial, held),
                Ok(Tried::NoLocks) => NO_LOCKS,
                Ok(Tried::Gone) => continue,
                Ok(Tried::Busy) => {
                    self.wait(ctx, &mut told)?;
                    continue;
                }
                Err(error) => return Err(error),
            };
            self.events.tell(&format!(
                "'{}' {beside}: another lab may make the same stage beside this one",
                partial.display()
            ));
            let (mine, held) = NewFolder::beside(&partial)?.keep();
            return self.settle(folder, mine, held);
        }
    }

    /// Waits a moment for another process, which is told once.
    fn wait(&self, ctx: &Context, told: &mut bool) -> Result<()> {
        if !*told {
            self.events.tell(&format!(
                "{} is being made by another lab, and this one waits for it",
                ctx.path()
            ));
        }
        *told = true;
        ctx.check_cancelled()?;
        thread::sleep(LOOK);
        Ok(())
    }

    /// Decides what to do with a folder that is held, so that nobody else makes the stage: another process may have
    /// made it just before, and a damaged stage is put out of the way.
    fn settle(&self, folder: &Path, partial: PathBuf, held: Held) -> Result<Claim> {
        if self.is_whole(folder)? {
            remove(&partial)?;
            return Ok(Claim::Made);
        }
        match whole::check(folder)? {
            Some(damage) if fs::symlink_metadata(folder).is_ok() => {
                self.events
                    .tell(&format!("{damage}: the stage is made again"));
                let aside = partial.join(DAMAGED);
                remove(&aside)?;
                fs::rename(folder, &aside).map_err(Error::io("writing", folder))?;
                remove(&aside)?;
            }
            _ => {}
        }
        Ok(Claim::Mine { partial, held })
    }

    /// Whether a finished and undamaged stage stands there; one that was checked counts as such for as long as the
    /// program runs.
    fn is_whole(&self, folder: &Path) -> Result<bool> {
        let Ok(mut seen) = self.seen.lock() else {
            return Ok(whole::check(folder)?.is_none());
        };
        if seen.contains(folder) && folder.is_dir() {
            return Ok(true);
        }
        let whole = whole::check(folder)?.is_none();
        if whole {
            seen.insert(folder.to_owned());
        }
        Ok(whole)
    }

    fn make(
        &self,
        ctx: &Context,
        key: &Key,
        partial: &Path,
        make: impl FnOnce(&Context, &Folder) -> Result<()>,
    ) -> Result<()> {
        let started = Instant::now();
        self.events.started(ctx.path());
        let told = Arc::new(Told::with_sheets_in(
            self.events.clone(),
            partial.to_owned(),
        ));
        let checkpoints = Arc::new(FileCheckpoints {
            stage: ctx.path().to_owned(),
            folder: partial.to_owned(),
            events: self.events.clone(),
        });
        let ctx = ctx.clone().with_checkpoints(checkpoints.clone());
        let unfinished = Folder(partial.to_owned());
        let spent = || {
            [
                self.events.spent(ctx.path()),
                started.elapsed().as_secs_f64(),
            ]
        };
        let made = recorded::recorded(key, &ctx, (told.clone(), &spent), &unfinished, make);
        made.inspect_err(|_| self.events.broke_off(ctx.path()))?;
        unfinished.write_json("warnings.json", &told.warnings())?;
        checkpoints.clear()?;
        remove_unfinished(partial)?;
        self.events.finished(ctx.path(), &seconds(started));
        Ok(())
    }

    /// Lists what a stage holds and gives it its place.
    fn finish(&self, partial: &Path, folder: &Path) -> Result<()> {
        whole::list(partial)?;
        sync_tree(partial)?;
        match fs::rename(partial, folder) {
            // Without locks another may have been faster; what it made has the same bytes.
            Err(_) if matches!(whole::check(folder), Ok(None)) => remove(partial)?,
            moved => moved.map_err(Error::io("creating", folder))?,
        }
        sync_folder(folder.parent().unwrap_or(&self.root))?;
        if let Ok(mut seen) = self.seen.lock() {
            seen.insert(folder.to_owned());
        }
        Ok(())
    }
}

/// What a process does about a stage that it needs.
enum Claim {
    /// The stage is finished already, and is reused.
    Made,
    /// This process makes the stage, in this folder.
    Mine { partial: PathBuf, held: Held },
}

/// Whether this process may write into a folder, which another user may have left there.
fn is_ours(folder: &Path) -> Result<bool> {
    let probe = folder.join(PROBE);
    match fs::File::create(&probe) {
        Err(error) if error.kind() == ErrorKind::PermissionDenied => Ok(false),
        made => {
            made.map_err(Error::io("creating", &probe))?;
            remove(&probe)?;
            Ok(true)
        }
    }
}

/// Removes files that a killed process had not written to their end.
fn remove_unfinished(partial: &Path) -> Result<()> {
    for entry in fs::read_dir(partial).map_err(Error::io("reading", partial))? {
        let entry = entry.map_err(Error::io("reading", partial))?;
        if entry.file_name().to_string_lossy().starts_with(UNFINISHED) {
            remove(&entry.path())?;
        }
    }
    Ok(())
}

impl Stage {
    /// The folder of the stage, to read from.
    pub(crate) fn folder(&self) -> Folder {
        Folder(self.folder.clone())
    }
}
