//! The macro that registers a plugin.

/// Registers a plugin under a capability and a name.
///
/// The plugin type has a constructor `build(params: Params, ctx: &Context) -> Result<Self, E>` with
/// `E: Into<lab_core::Error>`; it checks its parameters there and builds the plugins that it works with, and touches no
/// data. The corpus that a network learns from is not one of these: it is handed over as a reference.
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
            origin: $crate::registry::Origin::Linked,
            defaults: &|| $crate::config::to_ron(&<$params as Default>::default()),
            parameters: &|| $crate::config::plugin_parameters::<$params>().map(Some),
            resolve: &|arguments, smoke| {
                $crate::config::resolve_params::<$params>($name, arguments, smoke)
            },
            build: $crate::registry::Build::$capability(&|arguments, ctx| {
                let params =
                    $crate::config::parse_params::<$params>($name, arguments, ctx.smoke())?;
                let plugin = <$plugin>::build(params, ctx).map_err($crate::Error::from)?;
                Ok(Box::new(plugin))
            }),
        }
    };
}
