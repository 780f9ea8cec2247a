package io.zrepl.base;

import java.nio.file.Path;

/**
 * The files with which one side of a TLS connection shows who it is and recognises the other, all
 * in PEM format. A relative path is relative to the working directory of the process.
 *
 * @param authorities certificates of those who may vouch for the other side
 * @param certificate our certificate, followed by those that lead to its authority
 * @param key our private key
 */
public record TlsFiles(Path authorities, Path certificate, Path key) {}
