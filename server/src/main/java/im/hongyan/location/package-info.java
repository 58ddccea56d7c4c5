/** Places, which are messages. */
package im.hongyan.location;
