package io.zrepl.replicate.report;

import java.util.OptionalLong;

/**
 * One step.
 *
 * @param from relative name of the base, {@code @name} or {@code #name}; empty text for a full send
 * @param to relative name of the snapshot
 * @param resumed whether it continues an interrupted receive
 * @param bytesExpected estimated size of the stream; empty where there is no estimate
 * @param bytesReplicated bytes of the stream that went through so far
 */
public record StepReport(
    String from, String to, boolean resumed, OptionalLong bytesExpected, long bytesReplicated) {}
