//! What stands under `cube.aggregation_groups`.

use serde::{Deserialize, Serialize};

use crate::spec::{AggregationGroup, CubeSpec};
use crate::{Error, Result};

#[derive(Debug, Default, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct RawGroup {
    includes: Vec<String>,
    #[serde(default)]
    mandatory: Vec<String>,
    #[serde(default)]
    hierarchies: Vec<Vec<String>>,
    #[serde(default)]
    joints: Vec<Vec<String>>,
}

impl RawGroup {
    /// What a cube without aggregation groups has: one, without rules.
    pub(super) fn all(includes: Vec<String>) -> Self {
        Self { includes, ..Self::default() }
    }

    pub(super) fn check(self, spec: &CubeSpec, at: &str) -> Result<AggregationGroup> {
        let levels = spec.level_mask();
        let find = |name: &str, field: &str| {
            spec.dimension(name).ok_or_else(|| {
                Error::invalid(format!(
                    "{at}.{field}: {name:?} is not a dimension of the cube, which has {}",
                    spec.names(spec.full_mask()).join(", ")
                ))
            })
        };
        let mask = |names: &[String], field: &str| -> Result<u64> {
            names.iter().try_fold(0u64, |mask, name| Ok(mask | 1 << find(name, field)?))
        };
        let includes = mask(&self.includes, "includes")?;
        let mandatory = mask(&self.mandatory, "mandatory")?;
        let mut hierarchies = vec![];
        let mut joints = vec![];
        let mut used = mandatory;
        let mut claim = |rule: u64, field: &str| -> Result<()> {
            if used & rule != 0 {
                return Err(Error::invalid(format!(
                    "{at}.{field}: {} is in two rules of the group; a dimension may be in one",
                    spec.names(used & rule).join(", ")
                )));
            }
            used |= rule;
            Ok(())
        };
        for names in &self.hierarchies {
            let rule = mask(names, "hierarchies")?;
            claim(rule, "hierarchies")?;
            if rule & levels == rule {
                continue; // Levels nest by themselves.
            }
            if rule & levels != 0 {
                return Err(Error::invalid(format!(
                    "{at}.hierarchies: {} mixes event-time levels with other dimensions; levels nest by themselves, \
                     leave them out",
                    spec.names(rule).join(", ")
                )));
            }
            hierarchies.push(names.iter().map(|name| find(name, "hierarchies")).collect::<Result<_>>()?);
        }
        for names in &self.joints {
            let rule = mask(names, "joints")?;
            claim(rule, "joints")?;
            if rule & levels != 0 {
                return Err(Error::invalid(format!(
                    "{at}.joints: {} names an event-time level; use `mandatory` for a level that must be there",
                    spec.names(rule & levels).join(", ")
                )));
            }
            joints.push(rule);
        }
        if used & !includes != 0 {
            return Err(Error::invalid(format!(
                "{at}: {} is in a rule but not in `includes`",
                spec.names(used & !includes).join(", ")
            )));
        }
        Ok(AggregationGroup { includes, mandatory, hierarchies, joints })
    }

    pub(super) fn of(group: &AggregationGroup, spec: &CubeSpec) -> Self {
        let names = |mask: u64| spec.names(mask).into_iter().map(str::to_owned).collect::<Vec<_>>();
        let one = |&i: &usize| spec.dimensions[i].name.clone();
        Self {
            includes: names(group.includes),
            mandatory: names(group.mandatory),
            hierarchies: group.hierarchies.iter().map(|list| list.iter().map(one).collect()).collect(),
            joints: group.joints.iter().map(|&mask| names(mask)).collect(),
        }
    }
}
