package io.zrepl.monitoring;

import io.zrepl.base.HostAndPort;

/**
 * Where Prometheus gets the metrics ({@code global.monitoring}).
 *
 * @param listen where the HTTP server waits
 * @param freeBind whether the address may come up later
 */
public record PrometheusSettings(HostAndPort listen, boolean freeBind) {}
