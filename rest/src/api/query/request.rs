//! The body of `POST /query`.

use std::collections::BTreeMap;

use ::query::{Param, QueryRequest};
use serde::Deserialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::http::ApiError;

/// Kylin's request. Other keys, such as `acceptPartial`, are read over: answers are never partial.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
#[schema(as = QueryRequest)]
pub(crate) struct Request {
    #[schema(example = "SELECT country, COUNT(*) FROM orders GROUP BY country")]
    pub(super) sql: String,
    #[schema(example = "default")]
    pub(super) project: Option<String>,
    /// Rows to leave out first.
    pub(super) offset: Option<i64>,
    /// Rows at most; 0 is none.
    #[schema(example = 50000)]
    pub(super) limit: Option<i64>,
    /// Values for the `?` of the statement, in order.
    pub(super) params: Option<Vec<Parameter>>,
    /// Of Kylin's switches the one that its JDBC driver sets for `setMaxRows` counts,
    /// `ATTR_STATEMENT_MAX_ROWS`: rows at most; 0 is none.
    #[schema(value_type = Option<BTreeMap<String, String>>, example = json!({"ATTR_STATEMENT_MAX_ROWS": "100"}))]
    pub(super) backdoor_toggles: Option<BTreeMap<String, Value>>,
    /// The id to stop it by; made up if left out.
    pub(super) query_id: Option<String>,
}

/// A value by the Java class that a JDBC driver has for it.
#[derive(Debug, Deserialize, ToSchema)]
#[serde(rename_all = "camelCase")]
pub(super) struct Parameter {
    #[schema(example = "java.lang.Integer")]
    class_name: String,
    #[schema(example = "3")]
    value: Option<String>,
}

impl Request {
    pub(super) fn of_text(sql: Option<&str>, project: Option<&str>) -> Result<Self, ApiError> {
        let sql = sql.ok_or_else(|| ApiError::of_query("`sql` is missing from the query of the URL"))?;
        Ok(Self { sql: sql.to_owned(), project: project.map(str::to_owned), ..Self::default() })
    }

    pub(super) fn into_parts(self) -> Result<(String, QueryRequest), ApiError> {
        let count = |name: &str, number: Option<i64>| match usize::try_from(number.unwrap_or(0)) {
            Ok(0) => Ok(None),
            Ok(number) => Ok(Some(number)),
            Err(_) => Err(ApiError::of_query(format!("{name} is negative; leave it out, or use 0 or more"))),
        };
        let limits =
            [count("limit", self.limit)?, count(MAX_ROWS, max_rows(self.backdoor_toggles.as_ref())?)?];
        let params = self.params.unwrap_or_default().into_iter().enumerate();
        let request = QueryRequest {
            limit: limits.into_iter().flatten().min(),
            offset: count("offset", self.offset)?,
            project: self.project.filter(|project| !project.is_empty()),
            params: params.map(|(i, param)| param.parse(i)).collect::<Result<_, _>>()?,
            cancel: None,
        };
        Ok((self.sql, request))
    }
}

/// The toggle of a JDBC statement's `setMaxRows`.
const MAX_ROWS: &str = "ATTR_STATEMENT_MAX_ROWS";

fn max_rows(toggles: Option<&BTreeMap<String, Value>>) -> Result<Option<i64>, ApiError> {
    let Some(value) = toggles.and_then(|toggles| toggles.get(MAX_ROWS)) else { return Ok(None) };
    let number = value.as_i64().or_else(|| value.as_str().and_then(|text| text.parse().ok()));
    number.map(Some).ok_or_else(|| {
        ApiError::of_query(format!("backdoorToggles.{MAX_ROWS} {value} is not a number; use 0 for no limit"))
    })
}

impl Parameter {
    fn parse(self, index: usize) -> Result<Param, ApiError> {
        let Some(value) = self.value else { return Ok(Param::Null) };
        let class = self.class_name.rsplit('.').next().unwrap_or_default();
        let wrong = || {
            ApiError::of_query(format!(
                "params[{index}]: {value:?} is no {}; write the value as Java prints it",
                self.class_name
            ))
        };
        Ok(match class {
            "Byte" | "Short" | "Integer" | "Long" => Param::Int(value.parse().map_err(|_| wrong())?),
            "Float" | "Double" => Param::Double(value.parse().map_err(|_| wrong())?),
            "Boolean" => Param::Bool(value.parse().map_err(|_| wrong())?),
            "BigDecimal" | "BigInteger" => Param::Decimal(value),
            "Date" => Param::Date(value),
            "Timestamp" => Param::Timestamp(value),
            "String" | "Character" | "Time" => Param::Text(value),
            _ => {
                return Err(ApiError::of_query(format!(
                    "params[{index}]: className {:?} is not known; use Integer, Long, Double, BigDecimal, Boolean, \
                     String, Date or Timestamp of Java",
                    self.class_name
                )));
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::Body;

    fn parse(text: &str) -> Result<(String, QueryRequest), ApiError> {
        Body::from(text).json::<Request>()?.into_parts()
    }

    #[test]
    fn a_limit_of_zero_is_none_and_unknown_keys_are_read_over() {
        let body = r#"{"sql":"select 1","project":"p","offset":0,"limit":0,"acceptPartial":true,
                       "backdoorToggles":{"A":"b"},"params":[]}"#;
        let (sql, request) = parse(body).unwrap();
        assert_eq!((sql.as_str(), request.limit, request.offset), ("select 1", None, None));
        assert_eq!(request.project.as_deref(), Some("p"));
        let (_, request) = parse(r#"{"sql":"x","limit":50,"offset":10}"#).unwrap();
        assert_eq!((request.limit, request.offset), (Some(50), Some(10)));
    }

    #[test]
    fn jdbcs_max_rows_limits_as_well() {
        let limit = |toggle: &str, limit: &str| {
            let body = format!(
                r#"{{"sql":"x","limit":{limit},"backdoorToggles":{{"ATTR_STATEMENT_MAX_ROWS":{toggle},"DEBUG":"1"}}}}"#
            );
            parse(&body).map(|(_, request)| request.limit)
        };
        assert_eq!(limit("\"2\"", "0").unwrap(), Some(2));
        assert_eq!(limit("2", "50000").unwrap(), Some(2));
        assert_eq!(limit("\"0\"", "50000").unwrap(), Some(50000));
        assert!(limit("\"many\"", "0").unwrap_err().message().contains("ATTR_STATEMENT_MAX_ROWS"));
    }

    #[test]
    fn params_come_by_their_java_classes() {
        let body = r#"{"sql":"x","params":[{"className":"java.lang.Integer","value":"3"},
            {"className":"java.sql.Date","value":"2024-01-01"},{"className":"java.lang.String","value":null},
            {"className":"java.math.BigDecimal","value":"1.50"}]}"#;
        let (_, request) = parse(body).unwrap();
        let expected = "[Int(3), Date(\"2024-01-01\"), Null, Decimal(\"1.50\")]";
        assert_eq!(format!("{:?}", request.params), expected);
    }

    #[test]
    fn what_cannot_be_done_is_refused_with_what_to_do() {
        let cases = [
            (r#"{"sql":"x","params":[{"className":"java.lang.Integer","value":"three"}]}"#, "params[0]"),
            (r#"{"sql":"x","params":[{"className":"java.util.UUID","value":"3"}]}"#, "is not known"),
            (r#"{"sql":"x","limit":-1}"#, "limit is negative"),
            (r#"{"limit":1}"#, "missing field `sql`"),
            ("select 1", "not the JSON"),
        ];
        for (body, expected) in cases {
            let refusal = parse(body).unwrap_err();
            assert!(refusal.message().contains(expected), "{body}: {}", refusal.message());
        }
    }
}
