/** The endpoints on this machine: holds, cursors, placeholders, inventory. */
@NullMarked
package io.zrepl.endpoint.local;

import org.jspecify.annotations.NullMarked;
