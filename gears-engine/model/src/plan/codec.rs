//! A plan as bytes: fields, one for each step.

use super::{Callback, CallbackId, Fold, KeyedFold, Native, Plan, Step};
use crate::wire::{Damaged, Fields, Reader};

mod tag {
    pub(super) const MAP: u8 = 1;
    pub(super) const FILTER: u8 = 2;
    pub(super) const FLAT_MAP: u8 = 3;
    pub(super) const FOR_EACH: u8 = 4;
    pub(super) const LIMIT: u8 = 5;
    pub(super) const ACCUMULATE: u8 = 6;
    pub(super) const GROUP: u8 = 7;
    pub(super) const BATCH_GROUP: u8 = 8;
    pub(super) const COLLECT: u8 = 9;
    pub(super) const REPARTITION: u8 = 10;
    pub(super) const LOCAL_GROUP: u8 = 11;
}

/// Encodes a plan.
#[must_use]
pub fn encode(plan: &[Step]) -> Vec<u8> {
    let mut fields = Fields::default();
    for step in plan {
        let (tag, content) = put_step(step);
        fields.put(tag, &content);
    }
    fields.finish()
}

fn put_step(step: &Step) -> (u8, Vec<u8>) {
    let mut content = Vec::new();
    let tag = match step {
        Step::Map(function) => {
            put_callback(function, &mut content);
            tag::MAP
        }
        Step::Filter(function) => {
            put_callback(function, &mut content);
            tag::FILTER
        }
        Step::FlatMap(function) => {
            put_callback(function, &mut content);
            tag::FLAT_MAP
        }
        Step::ForEach(function) => {
            put_callback(function, &mut content);
            tag::FOR_EACH
        }
        Step::Limit { start, count } => {
            content.extend(start.to_le_bytes());
            content.extend(count.to_le_bytes());
            tag::LIMIT
        }
        Step::Accumulate(fold) => {
            put_fold(fold, &mut content);
            tag::ACCUMULATE
        }
        Step::Group {
            extractor,
            fold,
            moves,
        } => {
            put_callback(extractor, &mut content);
            put_keyed_fold(fold, &mut content);
            if *moves { tag::GROUP } else { tag::LOCAL_GROUP }
        }
        Step::BatchGroup { extractor, reducer } => {
            put_callback(extractor, &mut content);
            put_id(*reducer, &mut content);
            tag::BATCH_GROUP
        }
        Step::Collect => tag::COLLECT,
        Step::Repartition { extractor } => {
            put_callback(extractor, &mut content);
            tag::REPARTITION
        }
    };
    (tag, content)
}

fn put_id(id: CallbackId, content: &mut Vec<u8>) {
    content.extend(id.0.to_le_bytes());
}

fn put_callback(callback: &Callback, content: &mut Vec<u8>) {
    match callback {
        Callback::Script(function) => {
            content.push(0);
            put_id(*function, content);
        }
        Callback::Native(native) => content.push(match native {
            Native::Identity => 1,
            Native::Text => 2,
            Native::GroupKey => 3,
            Native::Number => 4,
            Native::WithOne => 5,
            Native::Quotient => 6,
            Native::Sort { reverse: false } => 7,
            Native::Sort { reverse: true } => 8,
            Native::List => 9,
        }),
    }
}

fn put_fold(fold: &Fold, content: &mut Vec<u8>) {
    content.push(match fold {
        Fold::Script(_) => 0,
        Fold::Aggregate { .. } => 1,
        Fold::Count => 2,
        Fold::Sum => 3,
        Fold::SumPairs => 4,
        Fold::Gather => 5,
        Fold::Join => 6,
        Fold::Unique => 7,
        Fold::Union => 8,
    });
    match fold {
        Fold::Script(function) => put_id(*function, content),
        Fold::Aggregate { zero, function } => {
            put_id(*zero, content);
            put_id(*function, content);
        }
        _ => {}
    }
}

fn put_keyed_fold(fold: &KeyedFold, content: &mut Vec<u8>) {
    content.push(match fold {
        KeyedFold::Script(_) => 0,
        KeyedFold::Aggregate { .. } => 1,
        KeyedFold::Combine { .. } => 2,
        KeyedFold::Count => 3,
        KeyedFold::SumValues => 4,
        KeyedFold::Gather => 5,
    });
    match fold {
        KeyedFold::Script(function) => put_id(*function, content),
        KeyedFold::Aggregate { zero, function } | KeyedFold::Combine { zero, function } => {
            put_id(*zero, content);
            put_id(*function, content);
        }
        _ => {}
    }
}

/// Reads what [`encode`] wrote.
///
/// # Errors
///
/// When the bytes are no plan, or hold steps that are not known here.
pub fn decode(bytes: &[u8]) -> Result<Plan, Damaged> {
    let mut fields = Reader::new(bytes);
    let mut plan = Plan::new();
    while let Some((tag, content)) = fields.field()? {
        let mut content = Reader::new(content);
        plan.push(step(tag, &mut content)?);
        if !content.is_at_end() {
            return Err(Damaged::new("a step is too long"));
        }
    }
    Ok(plan)
}

fn step(tag: u8, from: &mut Reader<'_>) -> Result<Step, Damaged> {
    Ok(match tag {
        tag::MAP => Step::Map(callback(from)?),
        tag::FILTER => Step::Filter(callback(from)?),
        tag::FLAT_MAP => Step::FlatMap(callback(from)?),
        tag::FOR_EACH => Step::ForEach(callback(from)?),
        tag::LIMIT => Step::Limit {
            start: from.number()?.cast_signed(),
            count: from.number()?.cast_signed(),
        },
        tag::ACCUMULATE => Step::Accumulate(fold(from)?),
        tag::GROUP | tag::LOCAL_GROUP => Step::Group {
            extractor: callback(from)?,
            fold: keyed_fold(from)?,
            moves: tag == tag::GROUP,
        },
        tag::BATCH_GROUP => Step::BatchGroup {
            extractor: callback(from)?,
            reducer: id(from)?,
        },
        tag::COLLECT => Step::Collect,
        tag::REPARTITION => Step::Repartition {
            extractor: callback(from)?,
        },
        _ => return Err(Damaged::new("a step is not known")),
    })
}

fn id(from: &mut Reader<'_>) -> Result<CallbackId, Damaged> {
    from.number().map(CallbackId)
}

fn callback(from: &mut Reader<'_>) -> Result<Callback, Damaged> {
    Ok(Callback::Native(match from.byte()? {
        0 => return Ok(Callback::Script(id(from)?)),
        1 => Native::Identity,
        2 => Native::Text,
        3 => Native::GroupKey,
        4 => Native::Number,
        5 => Native::WithOne,
        6 => Native::Quotient,
        7 => Native::Sort { reverse: false },
        8 => Native::Sort { reverse: true },
        9 => Native::List,
        _ => return Err(Damaged::new("a function is not known")),
    }))
}

fn fold(from: &mut Reader<'_>) -> Result<Fold, Damaged> {
    Ok(match from.byte()? {
        0 => Fold::Script(id(from)?),
        1 => Fold::Aggregate {
            zero: id(from)?,
            function: id(from)?,
        },
        2 => Fold::Count,
        3 => Fold::Sum,
        4 => Fold::SumPairs,
        5 => Fold::Gather,
        6 => Fold::Join,
        7 => Fold::Unique,
        8 => Fold::Union,
        _ => return Err(Damaged::new("a fold is not known")),
    })
}

fn keyed_fold(from: &mut Reader<'_>) -> Result<KeyedFold, Damaged> {
    Ok(match from.byte()? {
        0 => KeyedFold::Script(id(from)?),
        tag @ (1 | 2) => {
            let zero = id(from)?;
            let function = id(from)?;
            if tag == 1 {
                KeyedFold::Aggregate { zero, function }
            } else {
                KeyedFold::Combine { zero, function }
            }
        }
        3 => KeyedFold::Count,
        4 => KeyedFold::SumValues,
        5 => KeyedFold::Gather,
        _ => return Err(Damaged::new("a fold is not known")),
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::{is_within, moved};
    use super::*;

    fn ids() -> impl Strategy<Value = CallbackId> {
        any::<u32>().prop_map(|id| CallbackId(u64::from(id)))
    }

    fn callbacks() -> impl Strategy<Value = Callback> {
        prop_oneof![
            ids().prop_map(Callback::Script),
            prop_oneof![
                Just(Native::Identity),
                Just(Native::Text),
                Just(Native::GroupKey),
                Just(Native::Number),
                Just(Native::WithOne),
                Just(Native::Quotient),
                any::<bool>().prop_map(|reverse| Native::Sort { reverse }),
                Just(Native::List),
            ]
            .prop_map(Callback::Native),
        ]
    }

    fn folds() -> impl Strategy<Value = Fold> {
        prop_oneof![
            ids().prop_map(Fold::Script),
            (ids(), ids()).prop_map(|(zero, function)| Fold::Aggregate { zero, function }),
            Just(Fold::Count),
            Just(Fold::Sum),
            Just(Fold::SumPairs),
            Just(Fold::Gather),
            Just(Fold::Join),
            Just(Fold::Unique),
            Just(Fold::Union),
        ]
    }

    fn keyed_folds() -> impl Strategy<Value = KeyedFold> {
        prop_oneof![
            ids().prop_map(KeyedFold::Script),
            (ids(), ids()).prop_map(|(zero, function)| KeyedFold::Aggregate { zero, function }),
            (ids(), ids()).prop_map(|(zero, function)| KeyedFold::Combine { zero, function }),
            Just(KeyedFold::Count),
            Just(KeyedFold::SumValues),
            Just(KeyedFold::Gather),
        ]
    }

    fn steps() -> impl Strategy<Value = Step> {
        prop_oneof![
            callbacks().prop_map(Step::Map),
            callbacks().prop_map(Step::Filter),
            callbacks().prop_map(Step::FlatMap),
            callbacks().prop_map(Step::ForEach),
            any::<(i64, i64)>().prop_map(|(start, count)| Step::Limit { start, count }),
            folds().prop_map(Step::Accumulate),
            (callbacks(), keyed_folds(), any::<bool>()).prop_map(|(extractor, fold, moves)| {
                Step::Group {
                    extractor,
                    fold,
                    moves,
                }
            }),
            (callbacks(), ids())
                .prop_map(|(extractor, reducer)| Step::BatchGroup { extractor, reducer }),
            Just(Step::Collect),
            callbacks().prop_map(|extractor| Step::Repartition { extractor }),
        ]
    }

    fn plans() -> impl Strategy<Value = Plan> {
        proptest::collection::vec(steps(), 0..20)
    }

    proptest! {
        #[test]
        fn plans_come_back(plan in plans()) {
            prop_assert_eq!(decode(&encode(&plan)), Ok(plan));
        }

        #[test]
        fn cut_plans_are_errors_or_shorter(plan in plans(), at in any::<prop::sample::Index>()) {
            let bytes = encode(&plan);
            let at = at.index(bytes.len() + 1);
            if let Ok(cut) = decode(&bytes[..at]) {
                prop_assert!(plan.starts_with(&cut));
            }
        }

        #[test]
        fn hostile_bytes_do_no_harm(bytes in proptest::collection::vec(any::<u8>(), 0..200)) {
            if let Ok(plan) = decode(&bytes) {
                prop_assert_eq!(decode(&encode(&plan)), Ok(plan));
            }
        }

        #[test]
        fn a_changed_byte_does_no_harm(
            plan in plans(),
            at in any::<prop::sample::Index>(),
            byte in any::<u8>(),
        ) {
            let mut bytes = encode(&plan);
            if !bytes.is_empty() {
                let at = at.index(bytes.len());
                bytes[at] = byte;
            }
            if let Ok(plan) = decode(&bytes) {
                prop_assert_eq!(decode(&encode(&plan)), Ok(plan));
            }
        }

        #[test]
        fn moved_plans_name_what_lies_behind(plan in plans(), places in 0_usize..1_000) {
            let behind = moved(&plan, places);
            let count = usize::try_from(u32::MAX).unwrap() + 1;
            prop_assert!(is_within(&behind, count + places));
            let names_some = plan.iter().any(|step| !is_within(std::slice::from_ref(step), 0));
            prop_assert_eq!(!is_within(&behind, places), names_some);
            prop_assert_eq!(moved(&behind, 0), behind);
        }
    }

    #[test]
    fn a_plan_names_callbacks_within_their_list_only() {
        let plan = [Step::BatchGroup {
            extractor: Callback::Script(CallbackId(0)),
            reducer: CallbackId(1),
        }];
        assert!(is_within(&plan, 2));
        assert!(!is_within(&plan, 1));
    }
}
