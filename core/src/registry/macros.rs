//! The two macros of plugin authors: one registers a plugin, one exports it from a shared library.

/// Registers a plugin under a capability and a name.
///
/// The plugin type has a constructor `build(params: Params, ctx: &Context) -> Result<Self, E>` with
/// `E: Into<lab_core::Error>`; it checks its parameters there and builds the plugins named in them, and touches no data.
///
/// ```ignore
/// lab_core::register! {
///     Aligner "pca" => Pca, PcaParams;
///     summary: "Principal components to a fraction of the training variance",
///     equation: "scores = (x − mean) · feature_to_component",
///     source: "Jolliffe (2002), Principal Component Analysis",
///     parity: "scikit-learn",
/// }
/// ```
#[macro_export]
macro_rules! register {
    (
        $capability:ident $name:literal => $plugin:ty, $params:ty;
        summary: $summary:expr,
        equation: $equation:expr,
        source: $source:expr,
        parity: $parity:expr $(,)?
    ) => {
        $crate::inventory::submit! {
            $crate::plugin_of!($capability $name => $plugin, $params; $summary, $equation, $source, $parity)
        }
    };
}

/// One entry of the registry.
#[doc(hidden)]
#[macro_export]
macro_rules! plugin_of {
    (
        $capability:ident $name:literal => $plugin:ty, $params:ty;
        $summary:expr, $equation:expr, $source:expr, $parity:expr
    ) => {
        $crate::registry::Plugin {
            capability: $crate::registry::Capability::$capability,
            name: $name,
            crate_name: env!("CARGO_PKG_NAME"),
            version: env!("CARGO_PKG_VERSION"),
            summary: $summary,
            equation: $equation,
            source: $source,
            parity: $parity,
            file: file!(),
            line: line!(),
            library: None,
            defaults: &|| $crate::config::to_ron(&<$params as Default>::default()),
            resolve: &|arguments, smoke| {
                $crate::config::resolve_params::<$params>($name, arguments, smoke)
            },
            build: $crate::registry::Build::$capability(&|arguments, ctx| {
                let params = $crate::config::parse_params::<$params>($name, arguments)?;
                let plugin = <$plugin>::build(params, ctx).map_err($crate::Error::from)?;
                Ok(Box::new(plugin))
            }),
        }
    };
}

/// Exports plugins from a shared library, for programs that load it while they run.
///
/// It stands once in a thin crate of its own with `crate-type = ["cdylib"]`; the plugins are written in an rlib beside it,
/// like any other, so that they can be built in as well. Kinds are `dataset`, `aligner`, `generator`, `feature_net`,
/// `loss` and `decoder`. What [`register!`](crate::register) says of a plugin (summary, equation, source) is what the
/// library says of it.
///
/// ```ignore
/// lab_core::export_plugin! {
///     generator "my_gan" => my_gan::MyGan, my_gan::MyGanParams;
///     loss "my_loss" => my_gan::MyLoss, my_gan::MyLossParams;
/// }
/// ```
#[macro_export]
macro_rules! export_plugin {
    ($($kind:ident $name:literal => $plugin:ty, $params:ty);+ $(;)?) => {
        #[cfg(panic = "abort")]
        compile_error!(
            "a plugin library needs panic = \"unwind\": a panic must become an error of the program that loaded it"
        );

        const _: () = {
            use $crate::registry::dynamic::{abi, guest};

            static EXPORTS: &[guest::Export] = &[$({
                struct Exported;
                impl guest::Exported for Exported {
                    fn plugin() -> &'static $crate::registry::Plugin {
                        static PLUGIN: $crate::registry::Plugin =
                            $crate::export_of!($kind $name => $plugin, $params);
                        &PLUGIN
                    }
                }
                guest::Export::of::<Exported>()
            }),+];

            /// The one symbol of a plugin library.
            #[unsafe(no_mangle)]
            extern "C" fn lab_plugin_entry(host_abi: u32) -> *const abi::Manifest {
                guest::manifest(
                    EXPORTS,
                    host_abi,
                    concat!(env!("CARGO_PKG_NAME"), " ", env!("CARGO_PKG_VERSION")),
                )
            }
        };
    };
}

/// One exported entry, by the name of its kind in the C interface.
#[doc(hidden)]
#[macro_export]
macro_rules! export_of {
    (dataset $($rest:tt)*) => { $crate::plugin_of!(Dataset $($rest)*; "", "", "", "") };
    (aligner $($rest:tt)*) => { $crate::plugin_of!(Aligner $($rest)*; "", "", "", "") };
    (generator $($rest:tt)*) => { $crate::plugin_of!(Generator $($rest)*; "", "", "", "") };
    (feature_net $($rest:tt)*) => { $crate::plugin_of!(FeatureNet $($rest)*; "", "", "", "") };
    (loss $($rest:tt)*) => { $crate::plugin_of!(LossTerm $($rest)*; "", "", "", "") };
    (decoder $($rest:tt)*) => { $crate::plugin_of!(Decoder $($rest)*; "", "", "", "") };
}
