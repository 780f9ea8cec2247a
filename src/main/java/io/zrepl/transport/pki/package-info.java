/** Makes certificates for the transport {@code tls}. Only the commands that do so load it. */
@NullMarked
package io.zrepl.transport.pki;

import org.jspecify.annotations.NullMarked;
