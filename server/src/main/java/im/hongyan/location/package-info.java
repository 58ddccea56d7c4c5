/**
 * Where users are. {@link im.hongyan.location.Grid} divides the earth into cells, which stand for positions that must
 * not be precise.
 */
package im.hongyan.location;
