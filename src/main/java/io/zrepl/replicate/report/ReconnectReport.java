package io.zrepl.replicate.report;

import java.time.Instant;
import java.util.Optional;

/**
 * A wait for a side that was lost.
 *
 * @param since when it began
 * @param until when it is given up, if the side does not come back
 * @param error why the side could not be reached when this was last tried
 */
public record ReconnectReport(Instant since, Instant until, Optional<ReportedError> error) {}
