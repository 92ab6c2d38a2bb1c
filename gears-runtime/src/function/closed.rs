//! What the compiler says to those who add a step to a closed function.

use super::{batch::BatchFunction, event::EventFunction};

/// A function that takes more steps: none that was closed.
#[diagnostic::on_unimplemented(
    message = "a function that was closed by `run` or `register` takes no more steps",
    label = "add this step before the function is closed",
    note = "an open function can be kept, and closed in several ways"
)]
pub trait TakesSteps {}

macro_rules! refuse {
    ($($step:ident($($argument:ident: $type:ident),*);)*) => {
        refuse! { @ BatchFunction: $($step($($argument: $type),*);)* }
        refuse! { @ EventFunction: $($step($($argument: $type),*);)* }
    };
    (@ $closed:ident: $($step:ident($($argument:ident: $type:ident),*);)*) => {
        impl<T, R> $closed<T, R> {
            $(
                #[doc(hidden)]
                pub fn $step<$($type),*>(&self, $($argument: $type),*)
                where
                    Self: TakesSteps,
                {
                    $(drop($argument);)*
                }
            )*
        }
    };
}

refuse! {
    map(a: A);
    flat_map(a: A);
    for_each(a: A);
    filter(a: A);
    accumulate(a: A);
    local_group_by(a: A, b: B);
    limit(a: A);
    limit_from(a: A, b: B);
    limit_per_shard(a: A);
    limit_per_shard_from(a: A, b: B);
    flatten();
    sum();
    to_list();
    to_list_by(a: A);
    to_list_per_shard();
    repartition(a: A);
    aggregate(a: A, b: B, c: C);
    aggregate_by(a: A, b: B, c: C, d: D);
    group_by(a: A, b: B);
    batch_group_by(a: A, b: B);
    sort(a: A);
    sort_by(a: A, b: B);
    distinct();
    mean();
    count_each();
    count();
    count_by(a: A);
    avg(a: A);
}
