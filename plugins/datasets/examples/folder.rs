//! Writes four pictures into a folder, and reads them as a corpus with two classes.
#![expect(clippy::print_stdout, reason = "an example shows what it found")]

use image::{GrayImage, Luma};
use lab_core::prelude::*;
use lab_core::traits::Dataset;
use lab_datasets as _;

fn main() -> Result<()> {
    let folder = tempfile::tempdir().map_err(Error::io("creating", "a temporary folder"))?;
    for (class, grey) in [("dark", 40u8), ("light", 200)] {
        let path = folder.path().join(class);
        std::fs::create_dir(&path).map_err(Error::io("creating", &path))?;
        for idx in 0..2 {
            let picture = GrayImage::from_pixel(30, 20, Luma([grey + idx]));
            let file = path.join(format!("{idx}.png"));
            picture
                .save(file)
                .map_err(|source| Error::plugin("image", source))?;
        }
    }
    let ctx = Context::new(1);
    let text = format!("folder(path: \"{}\", size: 8)", folder.path().display());
    let corpus = PluginRef::<dyn Dataset>::of(&text)
        .build(&ctx)?
        .load(&ctx)?;
    corpus.check()?;
    let stimuli = &corpus.stimuli;
    println!("{} images of {}", stimuli.n_images(), stimuli.shape());
    if let Some(labels) = &stimuli.labels {
        println!("classes {:?}, of each image {:?}", labels.names, labels.of);
    }
    Ok(())
}
