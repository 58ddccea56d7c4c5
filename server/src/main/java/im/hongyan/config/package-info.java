/**
 * The settings of a node: {@link im.hongyan.config.Settings}, an immutable tree of records.
 *
 * <p>A setting is declared by one line in {@code Settings} (key, default, range, sentence) and given in
 * {@code hongyan.properties} as {@code http.port=8080} or in the environment as {@code HONGYAN_HTTP_PORT=8080}; the
 * environment wins. An unknown key and a bad value are fatal, and all of them are reported at once, before a port
 * opens.
 */
package im.hongyan.config;
