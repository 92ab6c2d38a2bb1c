//! Where a gear may stand: beside other functions, not in an `impl` or a `trait`.

use proc_macro2::{Span, TokenStream};
use quote::quote_spanned;

use crate::path::RuntimePath;

/// Wraps what a gear becomes, so that in an `impl` the compiler speaks once, and says where a gear stands.
///
/// How that comes about is told beside the macro, in `gears-runtime/src/private.rs`.
pub(crate) fn wrap(path: &RuntimePath, place: Span, items: &TokenStream) -> TokenStream {
    let krate = path.krate_at(place);
    let span = Span::call_site().located_at(place);
    quote_spanned!(span=> #krate::__gears_stand_outside_of_impl_and_trait! {{ #items }})
}
