/**
 * The benchmark: a plain program that measures a chat server from outside, through its protocol and through what the kernel
 * says of its processes. {@link im.hongyan.loadtest.bench.ChatSystem} is what it measures, so that another server can be
 * measured in the same run by the same loads.
 */
package im.hongyan.loadtest.bench;
