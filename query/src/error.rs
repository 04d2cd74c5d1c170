//! DataFusion's errors and ours, one inside the other.

use cube::{Error, ErrorKind};
use datafusion::arrow::error::ArrowError;
use datafusion::error::DataFusionError;

/// Carries `error` through DataFusion; [`from_datafusion`] takes it out again.
pub(crate) fn into_datafusion(error: Error) -> DataFusionError {
    DataFusionError::External(Box::new(error))
}

/// Our own error if one is inside, else one whose kind says who has to act.
pub(crate) fn from_datafusion(error: DataFusionError) -> Error {
    match find_ours(&error) {
        Some(ours) => Error::new(ours.kind(), ours.to_string()),
        None => classify(error),
    }
}

fn find_ours<'a>(error: &'a (dyn std::error::Error + 'static)) -> Option<&'a Error> {
    if let Some(ours) = error.downcast_ref::<Error>() {
        return Some(ours);
    }
    // `source()` of some of these skips a level, so the wrappers are opened by name.
    match error.downcast_ref::<DataFusionError>() {
        Some(DataFusionError::External(inner)) => find_ours(inner.as_ref()),
        Some(DataFusionError::Context(_, inner) | DataFusionError::Diagnostic(_, inner)) => {
            find_ours(inner.as_ref())
        }
        Some(DataFusionError::Shared(inner)) => find_ours(inner.as_ref()),
        Some(DataFusionError::ArrowError(inner, _)) => find_ours(inner.as_ref()),
        Some(DataFusionError::Collection(all)) => all.iter().find_map(|inner| find_ours(inner)),
        Some(_) => None,
        None => match error.downcast_ref::<ArrowError>() {
            Some(ArrowError::ExternalError(inner)) => find_ours(inner.as_ref()),
            _ => error.source().and_then(find_ours),
        },
    }
}

fn classify(error: DataFusionError) -> Error {
    let kind = match error.find_root() {
        DataFusionError::SQL(..)
        | DataFusionError::Plan(_)
        | DataFusionError::SchemaError(..)
        | DataFusionError::NotImplemented(_)
        | DataFusionError::Configuration(_)
        | DataFusionError::Execution(_)
        | DataFusionError::ArrowError(..)
        | DataFusionError::Collection(_) => ErrorKind::Invalid,
        DataFusionError::ResourcesExhausted(_)
        | DataFusionError::IoError(_)
        | DataFusionError::ObjectStore(_) => ErrorKind::Unavailable,
        _ => ErrorKind::Internal,
    };
    let text = match error.find_root() {
        DataFusionError::ResourcesExhausted(detail) => format!(
            "the query needs more memory than is left of the limit for queries; filter or group by less, or \
             raise the limit: {detail}"
        ),
        root => root.strip_backtrace(),
    };
    Error::new(kind, text).with_source(error)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn our_error_comes_back_out_of_any_wrapping() {
        let inner = into_datafusion(Error::conflict("held by another"));
        let arrow = ArrowError::ExternalError(Box::new(inner));
        let wrapped =
            DataFusionError::ArrowError(Box::new(arrow), None).context("outer").context("outermost");
        let back = from_datafusion(wrapped);
        assert_eq!((back.kind(), back.to_string().as_str()), (ErrorKind::Conflict, "held by another"));
    }

    #[test]
    fn users_errors_are_invalid_and_a_full_pool_is_unavailable() {
        let plan = from_datafusion(DataFusionError::Plan("no field x".into()).context("rule"));
        assert_eq!(plan.kind(), ErrorKind::Invalid);
        let full = from_datafusion(DataFusionError::ResourcesExhausted("10 MB asked".into()));
        assert_eq!(full.kind(), ErrorKind::Unavailable);
        assert!(full.to_string().contains("raise the limit"), "{full}");
    }
}
